"""The lock files are complete: every package has its dependencies in accepted versions."""

import re
import subprocess
import sys
import tomllib

import pytest

from dangol.addresses import LANDING_SCHEMES
from dangol.settings import PROJECT_ROOT


def test_every_installed_package_has_its_dependencies():
    checked = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True)
    # bitarray itself is installed: the fork that this reader asks for has no wheels
    known = {"iab-tcf 0.2.2 requires bitarray-hardbyte, which is not installed."}
    assert set(checked.stdout.splitlines()) - known - {"No broken requirements found."} == set()


def test_every_locked_package_has_a_hash_and_no_url():
    locks = sorted(PROJECT_ROOT.glob("requirements*.lock"))
    kinds = ("demo", "dev", "spark", "contracts", *LANDING_SCHEMES)
    assert {lock.name for lock in locks} == {
        "requirements.lock",
        *(f"requirements-{kind}.lock" for kind in kinds),
    }
    for lock in locks:
        text = lock.read_text(encoding="utf-8")
        entries = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
        assert all("--hash=sha256:" in entry for entry in entries)
        assert "://" not in text


def locked(name: str) -> dict[str, str]:
    text = (PROJECT_ROOT / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([\w.-]+)==(\S+)", text, re.MULTILINE))


@pytest.mark.parametrize(
    ("extra", "driver"), [("s3", "s3fs"), ("gs", "gcsfs"), ("az", "adlfs"), ("sftp", "asyncssh")]
)
def test_a_driver_is_an_extra_that_can_be_added(extra, driver):
    """With its own lock, which has no other version of a package than the rest."""
    text = (PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8")
    extras = tomllib.loads(text)["project"]["optional-dependencies"]
    assert extras[extra][0].startswith(driver)
    added, everyone, tests = (
        locked(f"requirements{kind}.lock") for kind in (f"-{extra}", "", "-dev")
    )
    assert driver in added
    assert driver not in everyone
    assert {name: version for name, version in added.items() if tests[name] != version} == {}
    shared = added.keys() & everyone.keys()
    assert {name: added[name] for name in shared} == {name: everyone[name] for name in shared}


def test_every_driver_has_its_make_target():
    makefile = (PROJECT_ROOT / "Makefile").read_text(encoding="utf-8")
    assert f"DRIVERS := {' '.join(LANDING_SCHEMES)}\n" in makefile
    assert "$(DRIVERS:%=setup-%): setup-%: $(VENV)/.ready requirements-%.lock" in makefile


def test_the_engine_and_its_extension_have_the_same_version():
    text = (PROJECT_ROOT / "requirements.lock").read_text(encoding="utf-8")
    found = dict(re.findall(r"^(duckdb(?:-extension-httpfs)?)==(\S+)", text, re.MULTILINE))
    assert found == {"duckdb": "1.5.5", "duckdb-extension-httpfs": "1.5.5"}


def test_spark_is_apart_and_has_the_same_dbt_and_duckdb():
    def pinned(lock: str) -> dict[str, str]:
        text = (PROJECT_ROOT / lock).read_text(encoding="utf-8")
        return dict(re.findall(r"^(dbt-core|duckdb|pyspark|dbt-spark)==(\S+)", text, re.MULTILINE))

    apart, default = pinned("requirements-spark.lock"), pinned("requirements.lock")
    assert set(default) == {"dbt-core", "duckdb"}
    assert set(pinned("requirements-dev.lock")) == {"dbt-core", "duckdb"}
    assert set(apart) == {"dbt-core", "duckdb", "pyspark", "dbt-spark"}
    assert {name: apart[name] for name in default} == default
