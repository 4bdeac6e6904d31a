"""The exit codes are those that the documentation lists."""

import re

from dangol.cli.failures import Exit
from dangol.settings import PROJECT_ROOT


def test_every_exit_code_is_documented() -> None:
    page = (PROJECT_ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| (.+) \|$", page, re.MULTILINE)
    assert [int(code) for code, _ in rows] == sorted(Exit)
