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
    """Compare what the staging models make of the made-up files with what is expected.

    Returns
    -------
    list of str
        Which rows and columns differ, and no value: someone may have put real ones there.
    """
    found = []
    for file in sorted((folder / _FOLDER / _EXPECTED).glob("*.csv")):
        names, rows = _rows(home, file.stem)
        head, *expected = list(csv.reader(io.StringIO(file.read_text(encoding="utf-8")))) or [[]]
        told = _different(head, expected, names, rows)
        if told:
            found.append(
                f"{file}: {told}. If the staging model is right, correct the file: delete it and "
                "draft again, or edit it"
            )
    return found


def _different(
    head: Sequence[str],
    expected: Sequence[Sequence[str]],
    names: Sequence[str],
    rows: Sequence[Sequence[str]],
) -> str:
    """Say where rows differ from those that are expected; nothing if they do not."""
    if list(head) != list(names):
        differing = sorted(set(head) ^ set(names))
        return f"the model has other columns: {', '.join(differing) or 'in another order'}"
    if len(expected) != len(rows):
        return f"{len(expected)} rows are expected, and the model gives {len(rows)}"
    odd = [
        f"row {number}: {', '.join(n for n, a, b in zip(names, one, other, strict=True) if a != b)}"
        for number, (one, other) in enumerate(zip(expected, rows, strict=True), 1)
        if list(one) != list(other)
    ]
    return f"other values in {'; '.join(odd[:5])}" if odd else ""


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
