"""Turns decoded CSV files into typed rows and quarantined rows, in DuckDB.

Files with the same header are parsed together. A value that does not fit its type, a required value
that is missing, a row with too many or too few fields: each sends its row, and only its row, to the
quarantine.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from dangol.contracts import Column, Stream
from dangol.extract.header import Layout
from dangol.extract.records import count_plain_lines, find_records

MAX_FIELD_BYTES = 64 << 10
_MAX_LINE_BYTES = 4 << 20
_DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")


class ParserDisagreesError(RuntimeError):
    """The parser's count of a file's rows is not that of its lines."""


@dataclass(frozen=True)
class ParsedFile:
    """What one file gave.

    Parameters
    ----------
    rows_read, rows_loaded, rows_quarantined
        Records; the first is the sum of the others.
    control_totals
        The sum of each control column over the loaded rows, as text.
    """

    rows_read: int
    rows_loaded: int
    rows_quarantined: int
    control_totals: dict[str, str]


def parse_files(
    connection: duckdb.DuckDBPyConnection,
    stream: Stream,
    layout: Layout,
    files: Sequence[tuple[str, str, Path]],
) -> list[ParsedFile]:
    """Parse files of one layout into the temporary tables ``accepted`` and ``quarantined``.

    ``accepted`` has the contract's columns, ``_extra`` (JSON or null), ``_load_id``, ``_file`` and
    ``_row`` (1 for the first record). ``quarantined`` has ``load_id, file, line, column_name, reason,
    original_text``.

    Parameters
    ----------
    connection
        In memory, keeping insertion order.
    stream
        The contract.
    layout
        The header that the files share.
    files
        Of each its load id, its landed name and its decoded copy.

    Returns
    -------
    list of ParsedFile
        In the order of ``files``.

    Raises
    ------
    ParserDisagreesError
        If a row is neither accepted nor quarantined, which would lose it.
    """
    connection.execute("drop table if exists parsed; drop table if exists accepted")
    connection.execute(
        "create or replace temp table files (path varchar, load_id varchar, file varchar)"
    )
    connection.executemany(
        "insert into files values (?, ?, ?)", [(str(path), load, name) for load, name, path in files]
    )
    connection.execute(
        "create or replace temp table quarantined (load_id varchar, file varchar, line bigint, "
        "column_name varchar, reason varchar, original_text varchar)"
    )
    _parse(connection, stream, layout, [str(path) for _, _, path in files])
    _quarantine_rejects(connection, stream, layout)
    _quarantine_violations(connection, stream, layout)
    _accept(connection, stream, layout)
    return _count(connection, stream, files)


def _parse(
    connection: duckdb.DuckDBPyConnection, stream: Stream, layout: Layout, paths: list[str]
) -> None:
    """Read the files by position, so that no header's text ever enters SQL."""
    types = ", ".join(
        f"'c{index}': '{_reading_type(column)}'" for index, column in enumerate(layout.columns)
    )
    for table in ("reject_errors", "reject_scans"):
        connection.execute(f"drop table if exists {table}")
    connection.execute(
        f"""
        create temp table parsed as
        select row_number() over () as position, *
        from read_csv(
            ?, columns = {{{types}}}, header = true, auto_detect = false, filename = '_path',
            delim = ?, quote = '"', escape = '"', nullstr = '', dateformat = ?,
            timestampformat = ?, max_line_size = {_MAX_LINE_BYTES}, store_rejects = true
        )
        """,
        [paths, stream.delimiter, stream.date_format, stream.timestamp_format],
    )
    connection.execute(
        "create or replace temp table first_positions as "
        "select _path, min(position) - 1 as skipped from parsed group by _path"
    )


def _quarantine_rejects(
    connection: duckdb.DuckDBPyConnection, stream: Stream, layout: Layout
) -> None:
    """Quote what DuckDB rejected, and make room for it in the row numbers."""
    connection.execute(
        "create or replace temp table rejected (path varchar, ordinal bigint, line bigint, "
        "column_name varchar, reason varchar, original_text varchar)"
    )
    rejects = connection.execute(
        """
        select file_path, line, arg_min(column_name, column_idx), arg_min(error_type::varchar, column_idx)
        from reject_errors join reject_scans using (scan_id, file_id)
        group by file_path, line order by file_path, line
        """
    ).fetchall()
    by_path: dict[str, dict[int, tuple[str | None, str]]] = {}
    for path, position, column, kind in rejects:
        by_path.setdefault(path, {})[position] = (column, kind)
    for path, found in by_path.items():
        connection.executemany(
            "insert into rejected values (?, ?, ?, ?, ?, ?)",
            [
                (path, record.ordinal, record.line, *_explain(layout, *found[record.position]), record.text)
                for record in find_records(Path(path), stream.delimiter, positions=found.keys())
            ],
        )
    connection.execute(
        """
        create or replace temp table gaps as
        select path as _path, ordinal - nth as accepted_before, nth as gap
        from (
            select path, ordinal, row_number() over (partition by path order by ordinal) as nth
            from rejected
        )
        qualify row_number() over (partition by path, ordinal - nth order by nth desc) = 1
        """
    )
    connection.execute(
        """
        insert into quarantined
        select load_id, file, line, column_name, reason, original_text
        from rejected join files using (path)
        """
    )


_KINDS = {
    "CAST": "does not fit its type {type}",
    "MISSING COLUMNS": "too few fields",
    "TOO MANY COLUMNS": "too many fields",
    "UNQUOTED VALUE": "a quote is not closed, or text follows it",
    "LINE SIZE OVER MAXIMUM": f"longer than {_MAX_LINE_BYTES:,} bytes",
    "INVALID ENCODING": "not in the file's encoding",
}


def _explain(layout: Layout, name: str | None, kind: str) -> tuple[str | None, str]:
    column = layout.columns[int(name[1:])] if name and name[1:].isdigit() else None
    template = _KINDS.get(kind, kind.lower())
    if column is None or kind != "CAST":
        return None, template.format(type="")
    return column.name, f"{column.name} {template.format(type=column.sql_type)}"


def _quarantine_violations(
    connection: duckdb.DuckDBPyConnection, stream: Stream, layout: Layout
) -> None:
    """Find the rows that parsed but break the contract, and quote them."""
    rules = [
        (index, column, reason, condition)
        for index, column in enumerate(layout.columns)
        if column is not None
        for reason, condition in _rules(f"c{index}", column)
    ]
    cases = " ".join(f"when {condition} then {nth}" for nth, (*_, condition) in enumerate(rules))
    connection.execute(
        f"""
        create or replace temp table violations as
        select position, _path, case {cases} end as rule from parsed
        where case {cases} end is not null
        """
    )
    broken = connection.execute(
        f"select _path, {_ROW}, rule from violations as parsed {_ROW_JOIN} order by all"
    ).fetchall()
    by_path: dict[str, dict[int, int]] = {}
    for path, row, rule in broken:
        by_path.setdefault(path, {})[row] = rule
    for path, found in by_path.items():
        load, name = connection.execute(
            "select load_id, file from files where path = ?", [path]
        ).fetchall()[0]
        connection.executemany(
            "insert into quarantined values (?, ?, ?, ?, ?, ?)",
            [
                (load, name, record.line, rules[found[record.ordinal]][1].name,
                 rules[found[record.ordinal]][2], record.text)
                for record in find_records(Path(path), stream.delimiter, ordinals=found.keys())
            ],
        )  # fmt: skip


def _rules(name: str, column: Column) -> list[tuple[str, str]]:
    rules = []
    if column.required:
        rules.append((f"{column.name} is required and empty", f"{name} is null"))
    if column.sql_type == "VARCHAR":
        rules.append((f"{column.name} is longer than {MAX_FIELD_BYTES:,} bytes",
                      f"strlen({name}) > {MAX_FIELD_BYTES}"))  # fmt: skip
        rules.append((f"{column.name} has a replacement character: its text was lost before it came",
                      f"contains({name}, '\ufffd')"))  # fmt: skip
    elif column.sql_type == "DOUBLE":
        rules.append((f"{column.name} is not finite", f"not isfinite({name})"))
    elif _reading_type(column) != column.sql_type:
        rules.append((f"{column.name} has more decimals than its type {column.sql_type} keeps",
                      f"{name} <> try_cast({name} as {column.sql_type})"))  # fmt: skip
    return rules


_ROW = "position - skipped + coalesce(gap, 0)"
"""The ordinal of a record in its file: DuckDB's count, plus the rejected records before it."""

_ROW_JOIN = """
    join first_positions using (_path)
    asof left join gaps
        on parsed._path = gaps._path and parsed.position - skipped > gaps.accepted_before
"""


def _accept(connection: duckdb.DuckDBPyConnection, stream: Stream, layout: Layout) -> None:
    """Select the contract's columns, in its order, from the rows that break no rule."""
    place = {column.name: f"c{index}" for index, column in enumerate(layout.columns) if column}
    columns = ", ".join(
        f'cast({place.get(column.name, "null")} as {column.sql_type}) as "{column.name}"'
        for column in stream.columns
    )
    extra = [f"c{index}" for index, column in enumerate(layout.columns) if column is None]
    pairs = ", ".join(f"?, {name}" for name in extra)
    has_gaps = bool(connection.execute("select count(*) from rejected").fetchall()[0][0])
    connection.execute(
        f"""
        create temp table accepted as
        select
            {columns},
            {f"cast(json_object({pairs}) as varchar)" if extra else "cast(null as varchar)"} as _extra,
            load_id as _load_id,
            file as _file,
            {_ROW if has_gaps else "position - skipped"} as _row
        from parsed
        {_ROW_JOIN if has_gaps else "join first_positions using (_path)"}
        join files on parsed._path = files.path
        {"anti join violations on parsed.position = violations.position" if _any(connection) else ""}
        """,
        list(layout.extra_names),
    )


def _any(connection: duckdb.DuckDBPyConnection) -> bool:
    return bool(connection.execute("select count(*) from violations").fetchall()[0][0])


def _count(
    connection: duckdb.DuckDBPyConnection, stream: Stream, files: Sequence[tuple[str, str, Path]]
) -> list[ParsedFile]:
    totals = [column.name for column in stream.columns if column.is_control_total]
    sums = "".join(f', cast(sum("{name}") as varchar)' for name in totals)
    loaded = _by_load(connection, f"select _load_id, count(*){sums} from accepted group by _load_id")
    bad = _by_load(connection, "select load_id, count(*) from quarantined group by load_id")
    parsed = []
    for load, name, path in files:
        good, *amounts = loaded.get(load, (0, *("0" for _ in totals)))
        quarantined = bad.get(load, (0,))[0]
        lines = count_plain_lines(path)
        if lines is not None and lines != good + quarantined:
            raise ParserDisagreesError(
                f"{name} has {lines:,} lines after its header, but {good:,} rows were parsed and "
                f"{quarantined:,} quarantined"
            )
        control = dict(zip(totals, amounts, strict=True))
        parsed.append(ParsedFile(good + quarantined, good, quarantined, control))
    return parsed


def _by_load(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, tuple[Any, ...]]:
    return {load: rest for load, *rest in connection.execute(query).fetchall()}  # type: ignore[misc] # a row is a tuple


def _reading_type(column: Column | None) -> str:
    """Return the type to parse into: wider, where DuckDB would round without a word."""
    if column is None:
        return "VARCHAR"
    if column.sql_type == "BIGINT":
        return "DECIMAL(18,2)"
    if match := _DECIMAL.fullmatch(column.sql_type):
        precision, scale = int(match[1]), int(match[2])
        return f"DECIMAL({max(18, min(38, precision))},{scale + 2})"
    return column.sql_type
