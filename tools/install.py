"""Installs lock files into the environment of this Python, and shows how far it is.

pip says either everything or nothing: some four hundred lines, or none for minutes. It needs
nothing that is not in the standard library: it is what runs before anything is installed.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

OPTIONS = ("--no-deps", "--only-binary", ":all:", "--require-hashes", "--progress-bar", "off",
           "--disable-pip-version-check", "--no-input")  # fmt: skip
_EVERY_SECONDS = 10
_LAST_LINES = 15


def count_packages(locks: Iterable[Path]) -> int:
    """Return how many packages lock files name."""
    return sum(len(re.findall(r"^[\w.-]+(?:\[\S+\])?==", lock.read_text(), re.M)) for lock in locks)


def follow(lines: Iterable[str], count: int, show: Callable[[str, bool], None]) -> list[str]:
    """Show how far pip is.

    Parameters
    ----------
    lines
        Its output.
    count
        How many packages it is given.
    show
        Gets a line, and whether it is the last of its kind.

    Returns
    -------
    list of str
        The last lines of the output.
    """
    seen = 0
    last: list[str] = []
    for line in lines:
        last = [*last, line.rstrip()][-_LAST_LINES:]
        if line.startswith(("Collecting ", "Ignoring ", "Requirement already satisfied: ")):
            seen += 1
            show(f"  {seen} of {count} packages downloaded", seen >= count)
        elif line.startswith("Installing collected packages"):
            show("  installing them", True)
    return last


def main(locks: list[str]) -> int:
    """Install lock files; return pip's exit code."""
    is_terminal, shown_at = sys.stdout.isatty(), 0.0

    def show(line: str, is_last: bool) -> None:
        nonlocal shown_at
        if is_terminal:
            sys.stdout.write(f"\r\x1b[K{line}" + ("\n" if is_last else ""))
        elif is_last or time.monotonic() - shown_at > _EVERY_SECONDS:
            shown_at = time.monotonic()
            sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    given = [part for lock in locks for part in ("-r", lock)]
    started = time.monotonic()
    with subprocess.Popen(  # noqa: S603 - a fixed command
        [sys.executable, "-m", "pip", "install", *OPTIONS, *given],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
    ) as pip:  # fmt: skip
        last = follow(pip.stdout or (), count_packages(map(Path, locks)), show)
    if pip.returncode:
        sys.stdout.write("\n".join(["", *last, ""]))
    else:
        sys.stdout.write(f"  done in {time.monotonic() - started:.0f} s\n")
    return pip.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
