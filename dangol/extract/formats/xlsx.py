"""Reads one sheet of an XLSX workbook."""

from __future__ import annotations

import errno
import json
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import openpyxl

from dangol.extract.archives import check_sizes
from dangol.extract.formats.nested import Native, Number
from dangol.extract.formats.reader import Reader
from dangol.extract.formats.xlsx_cells import DATE, NUMBER, Row, Styles, read_rows
from dangol.extract.header import Layout, match_names
from dangol.extract.landed_bytes import IncompleteFileError, RefusedFileError
from dangol.extract.records import AROUND, BLANK, HEADERS, TOTALS, Record, Skipped
from dangol.extract.values import NATIVE

_OLD = b"\xd0\xcf\x11\xe0"
_MOST_COLUMNS = 16_384
_LARGEST_STRINGS = 256 << 20
_PROLOG = 64 << 10
_MOST_SHEETS = 20
_ROOT = re.compile(rb"<[A-Za-z_]")
_ENCODING = re.compile(rb"""encoding\s*=\s*["']([^"']*)""")
_KNOWN_ENCODINGS = {b"utf-8", b"us-ascii", b"ascii", b"iso-8859-1"}


class XlsxReader(Reader):
    """Reads a sheet, whose first row with a value is its header.

    A record's line is the row that the spreadsheet shows. Cells become texts in a file beside the
    workbook before any row is loaded: of a damaged workbook, none is.
    """

    emptiness = "it has a header and no rows"

    def layout(self) -> Layout:
        """Read the sheet and match its header, as `Reader.layout`.

        Returns
        -------
        Layout
            Of its header.

        Raises
        ------
        RefusedFileError
            If the workbook is damaged or too large, is none, or lacks the contract's sheet, too.
        IncompleteFileError
            If it ends too early.
        """
        self._write_rows()
        head = next(self._rows(), None)
        if head is None:
            raise RefusedFileError("its sheet has no cells with a value, not even a header")
        where = f"row {head.number}: its header"
        if head.problem:
            raise RefusedFileError(f"{where} can't be read: {head.problem}")
        return match_names([text or "" for text in head.texts], self.stream, where)

    def records(self, layout: Layout | None) -> Iterator[Record]:
        """Read the rows, as `Reader.records`."""
        self.skipped = Skipped()
        self.further_header = []
        if not self._rows_file.exists():
            return
        form = self.stream.format
        rows = self._rows()
        head = next(rows, None)
        if head is None:
            return
        for further in islice(rows, form.header_rows - 1):  # which may skip comments, too
            self.skipped[AROUND] += 1
            self.further_header.append(further.texts)
        names = _names(head)
        width = len(layout.columns) if layout else 0
        times = _places_of_times(layout)
        mark = form.decimal_mark
        number = 0
        for row in rows:
            if row.texts == head.texts:
                self.skipped[HEADERS] += 1
                continue
            if form.is_total(row.texts[0] if row.texts else None):
                self.skipped[TOTALS] += 1
                continue
            number += 1
            self.skipped.add_row()
            values = _as_json(names, row)
            if row.problem:
                yield Record(number, row.number, [], (), row.problem, None, values)
                continue
            fields = list(row.texts)
            fields += [None] * (width - len(fields))
            for place, kind in enumerate(row.kinds):
                text = fields[place]
                if kind == DATE and text:
                    fields[place] = f"{NATIVE}{text}" if place in times else _shown(text)
                elif kind == NUMBER and text and mark != "." and place not in times:
                    fields[place] = text.replace(".", mark)
            yield Record(number, row.number, [], fields, "", None, values)

    @property
    def _rows_file(self) -> Path:
        return self.path.with_name(f"{self.path.stem}-rows.jsonl")

    def _rows(self) -> Iterator[Row]:
        """Read the rows with a value, and leave out comments and what comes before the header."""
        form = self.stream.format
        with self._rows_file.open(encoding="utf-8") as lines:
            for line in lines:
                row = Row(*json.loads(line))
                first = row.texts[0] if row.texts else None
                if row.number <= form.skip_lines:
                    self.skipped[AROUND] += 1
                elif not (any(row.texts) or row.problem):
                    self.skipped[BLANK] += 1
                elif form.comment and first and first.startswith(form.comment):
                    self.skipped.add_comment()
                else:
                    yield row

    def _write_rows(self) -> None:
        part = self._rows_file.with_suffix(".part")
        with part.open("w", encoding="utf-8") as target:
            part.chmod(0o600)
            for row in self._cells():
                while row.texts and row.texts[-1] is None:
                    row.texts.pop()
                json.dump(row, target)
                target.write("\n")
        part.rename(self._rows_file)

    def _cells(self) -> Iterator[Row]:
        """Open the workbook and read its sheet; whatever is wrong with it refuses the file."""
        self._check_parts()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of parts that only a spreadsheet program shows
                workbook: Any = openpyxl.load_workbook(self.path, read_only=True, data_only=True)
        except Exception as error:  # of a damaged part, it can be anything
            raise _damaged(error) from None
        sheets = {sheet.title: sheet for sheet in workbook.worksheets}
        wanted = self.stream.format.sheet
        if not sheets or (wanted is not None and wanted not in sheets):
            raise RefusedFileError(f"it has no sheet {wanted}" if wanted else "it has no sheet")
        first, *others = sheets.values()
        sheet = first if wanted is None else sheets[wanted]
        styles = Styles(
            sheet._shared_strings,
            frozenset(workbook._date_formats),
            frozenset(workbook._timedelta_formats),
            workbook.epoch,
        )
        try:
            with sheet._get_source() as source:
                yield from read_rows(source, styles, _MOST_COLUMNS)
            if wanted is None:
                self.note = _unread(others, styles)
        except RefusedFileError:
            raise
        except Exception as error:
            raise _damaged(error) from None
        finally:
            workbook.close()

    def _check_parts(self) -> None:
        """Check the archive that a workbook is, before its XML is parsed."""
        size = self.path.stat().st_size
        with self.path.open("rb") as file:
            first = file.read(4)
        if first == _OLD:
            raise RefusedFileError(
                "it is an .xls workbook, or one with a password: save it as .xlsx without one"
            )
        try:
            with zipfile.ZipFile(self.path) as archive:
                check_sizes(archive.infolist(), self.stream.max_bytes, size)
                for info in archive.infolist():
                    if info.filename.lower().endswith((".xml", ".rels")):
                        with archive.open(info) as part:
                            _check_prolog(part.read(_PROLOG))
                    if "sharedstrings" in info.filename.lower():
                        _check_strings(info)
        except zipfile.BadZipFile as error:
            if first == b"PK\x03\x04":
                raise IncompleteFileError("its workbook has no end: it is truncated") from None
            raise RefusedFileError("it is not an XLSX workbook") from error
        except (RuntimeError, ValueError, EOFError, OSError, zlib.error) as error:
            if isinstance(error, OSError) and error.errno != errno.EINVAL:  # of a false place
                raise
            raise _damaged(error) from None


def _check_prolog(beginning: bytes) -> None:
    """Refuse XML that defines entities: they can expand to any size."""
    root = _ROOT.search(beginning)
    before = beginning[: root.start()] if root else beginning
    encoding = _ENCODING.search(before)
    if (
        not root
        or b"<!DOCTYPE" in before
        or b"\0" in before
        or (encoding and encoding[1].lower() not in _KNOWN_ENCODINGS)
    ):
        raise RefusedFileError("its workbook has a part that no spreadsheet program writes")


def _check_strings(info: zipfile.ZipInfo) -> None:
    if info.file_size > _LARGEST_STRINGS:
        raise RefusedFileError(
            f"the texts of its workbook are larger than {_LARGEST_STRINGS:,} bytes: ask for CSV"
        )


def _unread(sheets: Sequence[Any], styles: Styles) -> str:
    """Name the sheets that have rows and are not read, or return empty."""
    found = []
    for sheet in sheets[:_MOST_SHEETS]:
        with sheet._get_source() as source:
            rows = sum(any(row.texts) for row in read_rows(source, styles, _MOST_COLUMNS))
        if rows:
            found.append(f"{sheet.title} ({rows:,} row{'' if rows == 1 else 's'})")
    if not found:
        return ""
    return (
        f"only its first sheet was read, and not {', '.join(found)}: name the sheet in the "
        "contract (sheet), and those that are streams of their own in theirs"
    )


def _names(head: Row) -> list[str]:
    """Return the names under which a row is shown as JSON."""
    names: list[str] = []
    for place, text in enumerate(head.texts, 1):
        name = text or f"column {place}"
        names.append(f"{name} (column {place})" if name in names else name)
    return names


def _as_json(names: list[str], row: Row) -> dict[str, Any]:
    """Return a row as an object, its numbers and dates as such."""
    found: dict[str, Any] = {}
    for place, (text, kind) in enumerate(zip(row.texts, row.kinds, strict=False)):
        name = names[place] if place < len(names) else f"column {place + 1}"
        if text is None:
            found[name] = None
        else:
            found[name] = Number(text) if kind == NUMBER else _shown(text) if kind == DATE else text
    return found


def _shown(text: str) -> str:
    """Return a date without a time that it does not have."""
    return Native(text.removesuffix("T00:00:00"))


def _places_of_times(layout: Layout | None) -> set[int]:
    return {
        place
        for place, column in enumerate(layout.columns if layout else ())
        if column is not None and column.sql_type in {"DATE", "TIMESTAMP"}
    }


def _damaged(error: Exception) -> RefusedFileError:
    return RefusedFileError(
        f"its workbook is damaged ({type(error).__name__}): open and save it in a spreadsheet "
        "program, or ask for it again"
    )
