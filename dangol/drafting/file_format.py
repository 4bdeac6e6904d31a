"""Finds what a contract must say of how files are written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from dangol.contracts.formats import ENDINGS
from dangol.drafting.dialect import Dialect
from dangol.drafting.file_names import Names
from dangol.drafting.samples import Sample, Samples


@dataclass(frozen=True)
class Files:
    """What is known of samples before they are read.

    Parameters
    ----------
    samples
        The files.
    dialect
        How text or a sheet is written; None of other formats.
    names
        What their names say.
    records
        Where the records of a JSON document are.
    sheets
        The sheets of a workbook.
    """

    samples: Samples
    dialect: Dialect | None
    names: Names
    records: str = ""
    sheets: tuple[str, ...] = ()


def format_properties(files: Files) -> dict[str, Any]:
    """Return how files are written, as custom properties, without what is so by default."""
    given: dict[str, Any] = {"filePattern": files.names.pattern}
    ending = re.search(r"\\\.(\w+)(?:\(\\\.gz\)\?|\\\.gz)?$", files.names.pattern)
    known = [ENDINGS.get(each) for each in re.findall(r"\\\.(\w+)", files.names.pattern)]
    if set(filter(None, known)) != {files.samples.kind}:
        given["format"] = files.samples.kind
    if encoding := _encoding(files.samples):
        given["encoding"] = encoding
    if dialect := files.dialect:
        usual = "\t" if ending and ending[1] == "tsv" else ","
        for name, value, default in (
            ("delimiter", dialect.delimiter, usual),
            ("quote", dialect.quote, '"'),
            ("escape", dialect.escape, dialect.quote),
            ("comment", dialect.comment, ""),
            ("skipLines", dialect.skip_lines, 0),
            ("headerRows", dialect.header_rows, 1),
        ):
            if value != default:
                given[name] = value
        if dialect.total:
            more = ".*" if dialect.total.endswith(":") else ""
            given["totalsRow"] = re.escape(dialect.total).replace("\\ ", " ") + more
    if files.samples.kind in {"csv", "json_lines"} and not all(
        sample.ends_in_newline for sample in files.samples.each
    ):
        given["finalNewline"] = False
    if files.records:
        given["records"] = files.records
    return given


def _encoding(samples: Samples) -> str:
    """Return the encoding to name: the only one, unless some files are UTF-8 beyond ASCII."""
    named = {sample.encoding for sample in samples.each if sample.is_named}
    others = [sample for sample in samples.each if not sample.is_named]
    is_mixed = len(named) != 1 or any(_has_letters(sample) for sample in others)
    return "" if is_mixed else named.pop()


def _has_letters(sample: Sample) -> bool:
    """Return whether a text has letters beyond ASCII."""
    with sample.copy.open("rb") as file:
        return any(not block.isascii() for block in iter(lambda: file.read(1 << 20), b""))
