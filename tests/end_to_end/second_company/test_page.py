"""docs/second-company.md does what it says: its commands are run, its outputs compared.

A block named ``csv FILE`` is written to that file, ``diff FILE`` is applied to it, and each line of
a ``console`` block that begins with ``$`` is run in a shell; what follows is what it must print.
Seconds and the number of expectations may differ, and paths are shown from the folder on in which
one works.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dangol.settings import PROJECT_ROOT

pytestmark = pytest.mark.end_to_end

PAGE = PROJECT_ROOT / "docs" / "second-company.md"
BLOCK = re.compile(r"^ *```(console|csv|diff)(?: (\S+))?\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
CHANGING = re.compile(r"\d+\.\d+(?= s\b)|\d+ of \d+(?= expectations)")


def test_the_page_does_what_it_says(tmp_path):
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    assert len(blocks) > 5
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(PROJECT_ROOT),
        "DANGOL_THREADS": "1",
    }
    for kind, name, text in blocks:
        if kind == "csv":
            (tmp_path / name).write_text(text, encoding="utf-8")
        elif kind == "diff":
            patch(tmp_path / name, text)
        else:
            for command, expected in commands_in(text):
                environment, printed = run(command, tmp_path, environment)
                assert shortened(printed, tmp_path) == expected, command


def commands_in(text):
    """Yield each command of a block, and what it prints."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        # a line that ends with a backslash goes on
        command = re.match(r"(?:.*\\\n)*.*", part)[0]
        printed = part.removeprefix(command)
        yield command, CHANGING.sub("…", printed).strip("\n")


def run(command, folder, environment):
    """Run a command in a shell; return the environment that it leaves and what it printed."""
    marker = "--- environment ---"
    script = f"set -e\n{command}\necho '{marker}' >&2\nenv -0 >&2"
    done = subprocess.run(
        ["bash", "-c", script], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    left = done.stderr.rpartition(f"{marker}\n")[2]
    return dict(each.split("=", 1) for each in left.split("\0") if "=" in each), done.stdout


def shortened(printed, folder):
    printed = printed.replace(f"{folder}/", "")
    lines = [line.rstrip() for line in printed.splitlines()]
    return CHANGING.sub("…", "\n".join(lines)).strip("\n")


def patch(file, text):
    """Replace the lines with a minus by those with a plus; lines without either are around them."""
    before = "".join(line[1:] for line in text.splitlines(True) if line[0] in " -")
    after = "".join(line[1:] for line in text.splitlines(True) if line[0] in " +")
    content = file.read_text(encoding="utf-8")
    assert content.count(before) == 1, f"{file.name} has not once:\n{before}"
    file.write_text(content.replace(before, after), encoding="utf-8")
