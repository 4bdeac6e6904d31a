"""A system's own tests: made-up files in ``tests/``, and the rows that are expected of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from dangol.build.warehouse import open_build
from dangol.drafting.check import CheckedHome
from dangol.errors import UsageError
from dangol.files import write_whole

_FOLDER = "tests"
_EXPECTED = "expected"


def files_of_tests(folder: Path) -> list[Path]:
    """Return the made-up files of a system.

    Parameters
    ----------
    folder
        The system's.

    Returns
    -------
    list of Path
        By name.

    Raises
    ------
    UsageError
        If it has none.
    """
    found = sorted(each for each in (folder / _FOLDER).glob("*") if each.is_file())
    if not found:
        raise UsageError(
            f"{folder / _FOLDER} has no made-up files to check: name files of the system, as they "
            "would land"
        )
    return found


def write_expected(home: CheckedHome, folder: Path, entities: Sequence[str]) -> list[Path]:
    """Write what the staging models make of the made-up files, to be read and kept.

    Returns
    -------
    list of Path
        The files written.
    """
    written = []
    for entity in entities:
        target = _file_of(folder, entity)
        write_whole(target, _as_csv(*_rows(home, entity)).encode())
        written.append(target)
    return written


def differences(home: CheckedHome, folder: Path) -> list[str]:
    """Compare what the staging models make of the made-up files with what is expected."""
    found = []
    for file in sorted((folder / _FOLDER / _EXPECTED).glob("*.csv")):
        names, rows = _rows(home, file.stem)
        actual = _as_csv(names, rows).splitlines()
        expected = file.read_text(encoding="utf-8").splitlines()
        if actual == expected:
            continue
        shown = [f"  - {line}" for line in expected if line not in actual][:5]
        shown += [f"  + {line}" for line in actual if line not in expected][:5]
        found.append(
            "\n".join([f"{file}: the staging model gives other rows (- expected, + is)", *shown])
        )
    return found


def _file_of(folder: Path, entity: str) -> Path:
    return folder / _FOLDER / _EXPECTED / f"{entity}.csv"


def _rows(home: CheckedHome, entity: str) -> tuple[list[str], list[list[str]]]:
    """Return the columns and rows of a staging model, by file and place."""
    system = home.rehearsal.contract.system
    with open_build(home.rehearsal.settings, read_only=True) as build:
        view = f'staging."stg_{system}__{entity}"'
        names = [name for name, *_ in build.execute(f"describe {view}").fetchall()]
        kept = [name for name in names if name != "_load_id"]
        listed = ", ".join(f'cast("{name}" as varchar)' for name in kept)
        rows = build.execute(
            f"select {listed} from {view} as made order by made._load_id, made._row"
        ).fetchall()
    return kept, [["" if value is None else value for value in row] for row in rows]


def _as_csv(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)
    return text.getvalue()
