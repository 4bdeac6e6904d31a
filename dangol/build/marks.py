"""Notes the rows that a contract tells to see: doubles, ambiguous and deleted ones."""

from __future__ import annotations

import duckdb

from dangol.build.raw_views import view_of
from dangol.contracts.model import Stream

_END_OF_TIME = 9000
"""The first year of what means never."""

_NOT_DELETED = r"|-+|[0.:/ tz-]+|f|false|n|no|none|null|nan|n/?a|off|9\d{3}[-/.]?\d\d.*"
_DELETED = r"1(\.0+)?|t|true|y|yes|on|x|del|deleted|[1-8]\d{3}[-/.]?\d\d[-/.]?\d\d.*"
"""Words in lower case, and days."""


def forget_marks(build: duckdb.DuckDBPyConnection) -> None:
    """Forget the marks of tonight's rows, which a retried night makes again."""
    build.execute(
        "create table if not exists ops.marked_rows"
        " (load_id varchar, row_number bigint, mark varchar)"
    )
    build.execute(
        "delete from ops.marked_rows where load_id in (select load_id from ops.loads where is_new)"
    )


def mark_rows(build: duckdb.DuckDBPyConnection, stream: Stream) -> None:
    """Note tonight's rows that the contract tells to see.

    Exact doubles, rows that are marked as deleted, and rows of a snapshot that are ambiguous: those
    without a key or with the same key, of which the latest could not be told.
    """
    view = f"raw.{view_of(stream)}"
    columns = ", ".join(f'"{column.name}"' for column in stream.columns)
    if stream.exact_doubles == "set_aside":
        build.execute(
            f"""
            insert into ops.marked_rows
            select _load_id, _row, 'double' from {view}
            qualify row_number() over (
                partition by _load_id, {columns}, _extra order by _row
            ) > 1
            """
        )
    if stream.is_snapshot:
        keys = [f'"{column.name}"' for column in stream.columns if column.is_key]
        key = ", ".join(["_load_id", *keys])
        build.execute(
            f"""
            insert into ops.marked_rows
            with single as not materialized (
                from {view} anti join (
                    select load_id as _load_id, row_number as _row from ops.marked_rows
                    where mark = 'double'
                ) using (_load_id, _row)
            ),
            -- most keys come once: only the rest are compared, since hashes may collide
            repeated as (
                select hash({key}) as key_hash from single group by key_hash having count(*) > 1
            )
            select _load_id, _row, 'ambiguous' from single
            where {" or ".join(f"{each} is null" for each in keys)}
            union
            select _load_id, _row, 'ambiguous' from single
            where hash({key}) in (from repeated)
            qualify count(*) over (partition by {key}) > 1
            """
        )
    if stream.deletion_mark:
        _mark_deleted(build, stream, view)


def _mark_deleted(build: duckdb.DuckDBPyConnection, stream: Stream, view: str) -> None:
    """Note the rows that are marked as deleted, and those whose mark is not understood."""
    column = next(each for each in stream.columns if each.name == stream.deletion_mark)
    value = f'"{column.name}"'
    if column.sql_type == "BOOLEAN":
        mark = f"case when {value} then 'deleted' end"
    elif column.sql_type in {"DATE", "TIMESTAMP"}:
        # a system without nulls writes the end of time
        mark = f"case when year({value}) < {_END_OF_TIME} then 'deleted' end"
    elif stream.deletion_values:
        word = f"lower(trim(cast({value} as varchar)))"
        declared = ", ".join(_literal(each.strip().lower()) for each in stream.deletion_values)
        mark = f"case when {word} in ({declared}) then 'deleted' end"
    elif column.sql_type == "VARCHAR":
        word = f"lower(trim({value}))"
        mark = f"""
            case
                when regexp_full_match({word}, '{_NOT_DELETED}') then null
                when regexp_full_match({word}, '{_DELETED}') then 'deleted'
                when {value} is not null then 'unclear'
            end
        """
    else:
        mark = f"case when {value} <> 0 then 'deleted' end"
    build.execute(
        f"""
        insert into ops.marked_rows
        select _load_id, _row, mark from (select _load_id, _row, {mark} as mark from {view})
        where mark is not null
        """
    )


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
