"""The locks are whole: what is installed has all that it needs, in the versions that it takes."""

import re
import subprocess
import sys

from dangol.settings import PROJECT_ROOT


def test_nothing_that_is_installed_lacks_anything():
    checked = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True)
    # bitarray itself is installed: the fork that this reader asks for has no wheels
    known = {"iab-tcf 0.2.2 requires bitarray-hardbyte, which is not installed."}
    assert set(checked.stdout.splitlines()) - known - {"No broken requirements found."} == set()


def test_every_locked_package_has_a_hash_and_no_address():
    for name in ("requirements.lock", "requirements-dev.lock", "requirements-demo.lock"):
        text = (PROJECT_ROOT / name).read_text(encoding="utf-8")
        entries = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
        assert all("--hash=sha256:" in entry for entry in entries)
        assert "://" not in text


def test_the_engine_and_its_extension_are_of_one_version():
    text = (PROJECT_ROOT / "requirements.lock").read_text(encoding="utf-8")
    found = dict(re.findall(r"^(duckdb(?:-extension-httpfs)?)==(\S+)", text, re.MULTILINE))
    assert found == {"duckdb": "1.5.5", "duckdb-extension-httpfs": "1.5.5"}
