"""Shows the raw lake to the models: a view per stream, and what the contracts say."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import duckdb

from dangol.build.rows import insert_rows
from dangol.contracts.control_totals import control_sum
from dangol.contracts.model import Column, Stream
from dangol.contracts.reading import contract_problems, load_contracts
from dangol.errors import DangolError
from dangol.ledger import Load
from dangol.night import Night
from dangol.records import read_all
from dangol.settings import Settings

_CALENDAR_DAYS = 400
"""How far back closed days are looked up: no stream is promised less often than once a year."""


class ChangedTypeError(DangolError):
    """A column's type has changed, and values that were loaded before do not fit it."""


def create_view(
    build: duckdb.DuckDBPyConnection, settings: Settings, stream: Stream, new: set[str]
) -> None:
    """Show a stream's new rows, or an empty table with its columns.

    Raw files of earlier versions of the contract are read beside later ones: a column that a file
    lacks is null, one that was renamed is found under its former names.

    Parameters
    ----------
    new
        The raw files with rows that are new to the build, relative to the home.

    Raises
    ------
    ChangedTypeError
        If a column's type has changed, and values that were loaded before do not fit it.
    """
    own = [settings.home / file for file in sorted(new) if _belongs(file, stream)]
    if own:
        files = ", ".join(_quoted(file) for file in own)
        lake = f"read_parquet([{files}], hive_partitioning = false, union_by_name = true)"
        stored = _stored_types(build, stream, lake)
        _need_values_that_fit(build, stream, lake, stored)
        rows = (
            f"(select {_selected(stream, set(stored))}, _extra, _load_id, _file, _row from {lake})"
        )
    else:
        empty = ", ".join(
            f'null::{column.sql_type} as "{column.name}"' for column in stream.columns
        )
        rows = (
            f"(select {empty}, null::varchar as _extra, null::varchar as _load_id, "
            "null::varchar as _file, null::bigint as _row where false)"
        )
    names = ", ".join(f'lake."{column.name}"' for column in stream.columns)
    build.execute(
        f"""
        create or replace view raw.{view_of(stream)} as
        select {names}, lake._extra, lake._load_id, lake._file, lake._row,
            loads.stream || '/' || loads.delivery || '#' || lake._row as _place
        from {rows} as lake
        inner join ops.loads as loads on lake._load_id = loads.load_id
        where loads.is_new
        """
    )


def _stored_types(build: duckdb.DuckDBPyConnection, stream: Stream, lake: str) -> dict[str, str]:
    """Return the types of the columns of raw files, by name: one that all their values have."""
    try:
        described = build.execute(f"describe select * from {lake}").fetchall()
    except duckdb.Error as error:
        raise _type_changed(stream, "a column") from error
    return {name: sql_type for name, sql_type, *_ in described}


def _need_values_that_fit(
    build: duckdb.DuckDBPyConnection, stream: Stream, lake: str, stored: dict[str, str]
) -> None:
    """Raise if a value from a file of an earlier contract does not fit its column's type of now."""
    for column in stream.columns:
        for name in (column.name, *column.former_names):
            if stored.get(name, column.sql_type) == column.sql_type:
                continue
            try:
                ((files,),) = build.execute(
                    f"select list(distinct _file order by _file) from {lake}"
                    f' where "{name}" is not null'
                    f' and try_cast("{name}" as {column.sql_type}) is null'
                ).fetchall()
            except duckdb.Error as error:
                raise _type_changed(stream, f"the column {name}") from error
            if files:
                raise _type_changed(stream, f"the column {name}", files[0])


def _type_changed(stream: Stream, column: str, file: str = "") -> ChangedTypeError:
    where = f", such as of {file}," if file else ""
    return ChangedTypeError(
        f"{stream.label}: values of {column} from files of an earlier contract{where} do not fit "
        "the type that the contract gives now. Restore the type, or give the new column another "
        "name, and let the staging model bring both together"
    )


def _selected(stream: Stream, present: set[str]) -> str:
    return ", ".join(f'{_value(column, present)} as "{column.name}"' for column in stream.columns)


def _value(column: Column, present: set[str]) -> str:
    """Return a column's value, whatever its name was when the file was loaded."""
    found = [name for name in (column.name, *column.former_names) if name in present]
    values = ", ".join(f'cast("{name}" as {column.sql_type})' for name in found)
    return f"coalesce({values})" if found else f"null::{column.sql_type}"


def renew_control_totals(
    build: duckdb.DuckDBPyConnection, stream: Stream, loads: Iterable[Load]
) -> None:
    """Take anew the totals of files new to the build that another contract loaded.

    Those of a contract without a total have none. A total that today's contract can't take, since
    its columns aren't in the file, stays as it was: a renamed column without its former name is
    then missed by the gate, not passed.
    """
    if stream.control_total is None:
        build.execute(
            "update ops.loads set control_total = null where is_new and system = ? and stream = ?",
            [stream.system, stream.name],
        )
        return
    new = {
        load_id
        for (load_id,) in build.execute(
            "select load_id from ops.loads where is_new and system = ? and stream = ?",
            [stream.system, stream.name],
        ).fetchall()
    }
    earlier = [
        load.load_id
        for load in loads
        if load.load_id in new and load.contract_digest not in {"", stream.digest}
    ]
    if not earlier:
        return
    build.execute(
        f"""
        update ops.loads set control_total = taken.control_total
        from (
            select _load_id, {control_sum(stream)} as control_total
            from raw.{view_of(stream)} group by _load_id
        ) as taken
        where loads.load_id = taken._load_id
            and list_contains(?::varchar[], loads.load_id)
            and taken.control_total is not null
        """,
        [earlier],
    )


def write_closed_days(build: duckdb.DuckDBPyConnection, settings: Settings, night: Night) -> None:
    """Write the days on which a stream was not to come: by its calendar, or said by hand."""
    build.execute(
        "create or replace table ops.closed_days (system varchar, stream varchar, closed_date date)"
    )
    days = [night.business_date - timedelta(days=ago) for ago in range(_CALENDAR_DAYS)]
    said = {(row["system"], row["business_date"]) for row in read_all(settings, "closed_days")}
    rows = [
        [contract.system, stream.name, day]
        for contract in load_contracts(settings).values()
        for stream in contract.streams
        if stream.expected_every_days
        for day in days
        if stream.calendar.is_closed(day) or (contract.system, day.isoformat()) in said
    ]
    insert_rows(build, "ops.closed_days", rows)


def write_contract_problems(build: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Write which of the company's contracts can't be read, for the raw gate."""
    build.execute("create or replace table ops.contract_problems (system varchar, problem varchar)")
    insert_rows(build, "ops.contract_problems", list(contract_problems(settings).items()))


def write_streams(build: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Write what each contract promises, for the models and the gates."""
    build.execute(
        """
        create or replace table ops.streams (
            system varchar, stream varchar, delivery varchar, expected_every_days integer,
            may_be_empty boolean, has_key boolean, is_revised boolean, sets_conflicts_aside boolean,
            overlap varchar, absent_at_most double, is_received boolean, active_from date,
            contract_version varchar, owner varchar
        )
        """
    )
    rows = [
        [contract.system, stream.name, stream.delivery, stream.expected_every_days,
         stream.may_be_empty, stream.has_key, stream.is_revised, stream.sets_conflicts_aside,
         stream.overlap, stream.absent_at_most, bool(stream.received_in), contract.active_from,
         stream.version, contract.owner]
        for contract in load_contracts(settings).values()
        for stream in contract.streams
    ]  # fmt: skip
    insert_rows(build, "ops.streams", rows)


def view_of(stream: Stream) -> str:
    """Return the name of a stream's view in the schema ``raw``."""
    return f"{stream.system}__{stream.name}"


def _belongs(file: str, stream: Stream) -> bool:
    return Path(file).parts[-4:-2] == (stream.system, stream.name)


def _quoted(file: Path) -> str:
    return "'" + str(file).replace("'", "''") + "'"
