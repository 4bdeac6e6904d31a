"""Finds out where the header and the totals of an XLSX sheet are."""

from __future__ import annotations

import warnings
from itertools import islice
from pathlib import Path
from typing import Any

import openpyxl

from dangol.drafting.dialect import TOTALS, Dialect, locate_header
from dangol.drafting.samples import SampleError

_LOOKED_AT = 5_000


def sniff_sheet(path: Path, name: str) -> tuple[Dialect, list[str]]:
    """Find the header of a workbook's first sheet.

    Parameters
    ----------
    path
        A copy of the workbook.
    name
        Of the file, for messages.

    Returns
    -------
    tuple of (Dialect, list of str)
        And the names of all its sheets.

    Raises
    ------
    SampleError
        If it can't be opened, or has no header.
    """
    try:
        with path.open("rb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            workbook: Any = openpyxl.load_workbook(file, read_only=True, data_only=True)
            sheets = [sheet.title for sheet in workbook.worksheets]
            listed = workbook.worksheets[0].iter_rows(values_only=True)
            rows = [
                (number, ["" if value is None else str(value) for value in row])
                for number, row in enumerate(islice(listed, _LOOKED_AT), 1)
            ]
            workbook.close()
    except Exception as error:  # of a damaged workbook, it can be anything
        raise SampleError(
            f"{name} can't be opened as an XLSX workbook ({type(error).__name__}): save it as "
            ".xlsx without a password"
        ) from None
    filled = [(number, _trimmed(row)) for number, row in rows if any(row)]
    if not filled:
        raise SampleError(f"the first sheet of {name}, {sheets[0]}, has no cells with a value")
    found = locate_header(filled, name)
    total = next((row[0] for _, row in reversed(filled) if row[0].strip() in TOTALS), "")
    return Dialect(
        skip_lines=found.skip_lines, header_rows=found.header_rows, header=found.header,
        total=total.strip(),
    ), sheets  # fmt: skip


def _trimmed(row: list[str]) -> list[str]:
    while row and not row[-1]:
        row.pop()
    return row
