"""The scheduler's log, in which alerts look for what only a task's supervisor knows.

On a laptop it is a file. In production it belongs to the container engine, which an alert can't
ask: there ``python -m dangol.orchestration.scheduler_log`` passes it on and keeps the last of it.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from dangol.files import private_folder

READ = 4_000_000
"""Bytes from its end that are looked at; the file is kept to about twice as many."""

_ERROR = re.compile(r"^(?:[a-z_]\w*\.)*[A-Z]\w*(?:Error|Timeout|Exception)\b", re.MULTILINE)
"""The last line of a traceback; what tasks log of their own errors begins with a time."""

_NEAR = 20_000
"""Characters before the scheduler's verdict on a task that may contain its supervisor's error."""


def file_of(home: str) -> Path:
    """Return the file in which a home's scheduler logs, and its workers too."""
    return Path(home) / "logs" / "airflow-scheduler.log"


def error_in(log: Path, dag: str, task: str, run: str) -> str:
    """Return the class of the last error that a task's supervisor logged; empty if none is there.

    Parameters
    ----------
    log
        Of the scheduler.

    Returns
    -------
    str
        Such as ``httpx.ReadTimeout``.

    Raises
    ------
    FileNotFoundError
        If there is none.
    OSError
        If it can't be read, such as one that the scheduler puts aside meanwhile.
    """
    aside = log.with_name(f"{log.name}.1")
    parts = [_tail(part) for part in (aside, log) if part.is_file()]
    if not parts:
        raise FileNotFoundError(log)
    text = b"".join(parts)[-READ:].decode(errors="replace")
    verdict = text.rfind(f"{dag}.{task} {run} ")
    if verdict < 0:
        return ""
    errors: list[str] = _ERROR.findall(text[max(verdict - _NEAR, 0) : verdict])
    return errors[-1] if errors else ""


def _tail(file: Path) -> bytes:
    with file.open("rb") as opened:
        opened.seek(max(file.stat().st_size - READ, 0))
        return opened.read()


def keep(lines: Iterable[bytes], output: BinaryIO, file: Path, limit: int = READ) -> None:
    """Write lines to an output, and to a file as far as the disk allows.

    Parameters
    ----------
    limit
        Bytes after which the file is put aside, as ``….1``, and another one begun.
    """
    for line in lines:
        output.write(line)
        output.flush()
        try:
            with private_folder(file.parent).joinpath(file.name).open("ab") as kept:
                kept.write(line)
                is_full = kept.tell() >= limit
            if is_full:
                file.replace(f"{file}.1")
        except OSError:  # a full disk stops no scheduler
            continue


if __name__ == "__main__":
    keep(sys.stdin.buffer, sys.stdout.buffer, file_of(os.environ["DANGOL_HOME"]))
