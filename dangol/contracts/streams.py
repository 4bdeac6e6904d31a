"""Reads one stream of a contract, and checks that its facts fit together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from dangol.contracts.columns import read_columns
from dangol.contracts.control_totals import control_total
from dangol.contracts.deliveries import compile_pattern, has_period
from dangol.contracts.formats import ENDINGS, FORMATS
from dangol.contracts.model import EPOCHS, Calendar, Column, ContractError, Format, Stream
from dangol.contracts.properties import NEGATIVE, OF_STREAM, read_properties
from dangol.contracts.zones import check_zones

NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
NAME_IN_WORDS = "lower-case letters, digits and underscores, as it names a folder and a view"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_ONLY_FOR = {"records": "json", "sheet": "xlsx"}


def read_stream(
    file: Path, system: str, version: str, table: Any, expected_every_days: int | None
) -> Stream:
    """Read one schema of a contract.

    Returns
    -------
    Stream
        With its columns.

    Raises
    ------
    ContractError
        If a fact is missing or invalid, or two contradict each other.
    """
    where = f"{file}: {table.name}"
    if not NAME.fullmatch(table.name or ""):
        raise ContractError(f"{where}: the name must be {NAME_IN_WORDS}")
    given = read_properties(table.customProperties, OF_STREAM, where)
    for needed in ("filePattern", "delivery"):
        if needed not in given:
            raise ContractError(f"{where}: the custom property {needed} is missing")
    columns = read_columns(where, table.properties or ())
    pattern = compile_pattern(where, given["filePattern"])
    if given["delivery"] != "append" and not has_period(pattern):
        raise ContractError(
            f"{where}: filePattern has none of {{date}}, {{month}} and {{from}} … {{to}}, so the "
            f"days of a {given['delivery']} are unknown"
        )
    for name in ("eventTime", "deletionMark"):
        if given.get(name) and given[name] not in {column.name for column in columns}:
            raise ContractError(f"{where}: {name} is {given[name]!r}, which is not a column")
    if given.get("maxBytes", 1) < 1:
        raise ContractError(f"{where}: maxBytes must be at least 1")
    if not 0 <= given.get("absentAtMost", 0) <= 1:
        raise ContractError(f"{where}: absentAtMost is a share, from 0 to 1")
    has_key = _has_key(where, given, columns)
    return Stream(
        system=system,
        name=table.name,
        version=version,
        description=table.description or "",
        file_pattern=pattern,
        delivery=given["delivery"],
        columns=columns,
        has_key=has_key,
        is_revised=given.get("laterDeliveries") == "revise",
        sets_conflicts_aside=given.get("onConflict") == "set_aside",
        exact_doubles=given.get("exactDoubles", "stop" if has_key else "keep"),
        overlap=given.get("overlap"),
        deletion_mark=given.get("deletionMark"),
        deletion_values=_deletion_values(where, given, columns),
        absent_at_most=float(given.get("absentAtMost", 0.1)),
        snapshot_parts=_snapshot_parts(where, given),
        received_in=tuple(given.get("receivedIn", ())),
        describes=tuple(given.get("describes", ())),
        control_total=control_total(where, given.get("controlTotal"), columns),
        event_time=given.get("eventTime"),
        may_be_empty=given.get("emptyFiles", False),
        expected_every_days=expected_every_days,
        calendar=_read_calendar(where, given),
        max_bytes=given.get("maxBytes", 4 << 30),
        format=_read_format(where, given, columns),
    )


def _has_key(where: str, given: Mapping[str, Any], columns: Iterable[Column]) -> bool:
    """Return whether a row is its key, and refuse what only makes sense otherwise."""
    keys = [column.name for column in columns if column.is_key]
    identity = given.get("rowIdentity", "key" if keys else None)
    if identity is None:
        raise ContractError(
            f"{where}: no column is a primaryKey, so a row can't be identified: mark the columns "
            "that are unique within a file, or declare rowIdentity: place"
        )
    if (identity == "key") != bool(keys):
        raise ContractError(
            f"{where}: rowIdentity is {identity}, and {', '.join(keys) or 'no column'} is "
            "primaryKey: they contradict each other"
        )
    if identity == "place":
        for name in ("laterDeliveries", "onConflict"):
            if name in given:
                raise ContractError(f"{where}: {name} needs a primaryKey: rows are told by place")
        if "snapshot" in given["delivery"]:
            raise ContractError(f"{where}: the rows of a snapshot need a primaryKey")
        if given.get("exactDoubles") == "stop":
            raise ContractError(f"{where}: exactDoubles can only stop the night with a primaryKey")
    elif given.get("exactDoubles") == "keep":
        raise ContractError(f"{where}: exactDoubles can't be kept: a primaryKey is unique")
    if "overlap" in given and identity == "key":
        raise ContractError(f"{where}: overlap is for rows told by place: here the key decides")
    if "overlap" in given and not given.get("eventTime"):
        raise ContractError(f"{where}: overlap needs an eventTime, from which a row has its day")
    return bool(keys)


def _deletion_values(
    where: str, given: Mapping[str, Any], columns: Iterable[Column]
) -> tuple[str, ...]:
    values = given.get("deletionValues")
    if values is None:
        return ()
    types = {column.name: column.sql_type for column in columns}
    if types.get(given.get("deletionMark", "")) not in {"VARCHAR", "BIGINT"} or not values:
        raise ContractError(
            f"{where}: deletionValues needs values, and a deletionMark that is a text or a BIGINT"
        )
    return tuple(values)


def _snapshot_parts(where: str, given: Mapping[str, Any]) -> tuple[str, ...] | None:
    """Return the parts that a full snapshot must have, or None if the contract does not say."""
    if "snapshotParts" not in given:
        return None
    if given["delivery"] != "full_snapshot" or "{part}" not in given["filePattern"]:
        raise ContractError(
            f"{where}: snapshotParts needs delivery: full_snapshot, and {{part}} in filePattern"
        )
    return tuple(given["snapshotParts"])


def _read_calendar(where: str, given: Mapping[str, Any]) -> Calendar:
    weekdays = given.get("closedWeekdays", [])
    if unknown := [each for each in weekdays if each not in WEEKDAYS]:
        raise ContractError(
            f"{where}: closedWeekdays has {unknown[0]!r}; use {', '.join(WEEKDAYS)}"
        )
    holidays = given.get("closedHolidays", "")
    if holidays:
        from holidays import list_supported_countries

        country, _, subdivision = holidays.partition("-")
        countries = list_supported_countries()
        if country not in countries or (subdivision and subdivision not in countries[country]):
            raise ContractError(
                f"{where}: closedHolidays is {holidays!r}; use a country such as KR, or one with a "
                "subdivision such as DE-BY"
            )
    return Calendar(
        frozenset(WEEKDAYS.index(each) for each in weekdays),
        tuple(_period(where, text) for text in given.get("closedDates", [])),
        holidays,
    )


def _period(where: str, text: str) -> tuple[date, date]:
    first, _, last = text.partition("..")
    try:
        period = date.fromisoformat(first), date.fromisoformat(last or first)
    except ValueError:
        raise ContractError(
            f"{where}: closedDates has {text!r}; write 2026-12-25 or 2026-12-24..2027-01-02"
        ) from None
    if period[0] > period[1]:
        raise ContractError(f"{where}: closedDates has {text!r}, which ends before it begins")
    return period


def _read_format(where: str, given: Mapping[str, Any], columns: Iterable[Column]) -> Format:
    kind, is_tabbed = _kind(where, given)
    delimiter = given.get("delimiter", "\t" if is_tabbed else ",")
    if len(delimiter) != 1 or delimiter.isalnum() or delimiter in '"\r\n.-+':
        raise ContractError(f"{where}: delimiter is {delimiter!r}; it must be one mark, such as ;")
    for name in ("quote", "escape", "decimalMark", "thousandsMark"):
        if len(given.get(name, "x")) != 1 and (name, given[name]) != ("quote", ""):
            raise ContractError(f"{where}: {name} is {given[name]!r}; it must be one character")
    if given.get("decimalMark", ".") == given.get("thousandsMark"):
        raise ContractError(f"{where}: decimalMark and thousandsMark are the same")
    for mark in given.get("currencyMarks", ()):
        if not mark.strip() or mark != mark.strip() or re.search(r"[\d+()-]", mark):
            raise ContractError(
                f"{where}: currencyMarks has {mark!r}; it must be what stands beside an amount, "
                "such as € or KRW"
            )
    if unknown := [each for each in given.get("negative", ()) if each not in NEGATIVE]:
        raise ContractError(f"{where}: negative has {unknown[0]!r}; use {', '.join(NEGATIVE)}")
    time_zone = given.get("timeZone", "UTC")
    if time_zone not in available_timezones():
        raise ContractError(f"{where}: timeZone is {time_zone!r}; use a name such as Asia/Seoul")
    usual = "%Y-%m-%dT%H:%M:%SZ" if time_zone == "UTC" else "%Y-%m-%dT%H:%M:%S"
    timestamp_format = given.get("timestampFormat", usual)
    own_formats = [each.time_format for each in columns if each.time_format]
    for written in (given.get("dateFormat", usual), timestamp_format, *own_formats):
        if "%" not in written and written not in EPOCHS:
            raise ContractError(
                f"{where}: a date or time is written as {written!r}; use a format such as "
                f"%Y-%m-%d, or {', '.join(EPOCHS)}"
            )
    check_zones(where, given, columns, timestamp_format, time_zone)
    if (kind == "text") != ("linePattern" in given):
        raise ContractError(f"{where}: linePattern is for the format text, which needs it")
    for name, needed in _ONLY_FOR.items():
        if name in given and kind != needed:
            raise ContractError(f"{where}: {name} is for the format {needed}, not for {kind}")
    return Format(
        kind=kind,
        encoding=_read_encoding(where, given.get("encoding")),
        delimiter=delimiter,
        quote=given.get("quote", '"'),
        escape=given.get("escape", given.get("quote", '"')),
        comment=given.get("comment", ""),
        skip_lines=_count(where, given, "skipLines", 0),
        header_rows=_count(where, given, "headerRows", 1),
        totals_row=_expression(where, given, "totalsRow"),
        null_words=tuple(given.get("nullWords", ())),
        decimal_mark=given.get("decimalMark", "."),
        thousands_mark=given.get("thousandsMark", ""),
        currency_marks=tuple(given.get("currencyMarks", ())),
        negative=tuple(given.get("negative", ())),
        date_format=given.get("dateFormat", "%Y-%m-%d"),
        timestamp_format=timestamp_format,
        time_zone=time_zone,
        needs_final_newline=given.get("finalNewline", FORMATS[kind].is_lines),
        records=given.get("records", ""),
        line_pattern=_expression(where, given, "linePattern"),
        sheet=given.get("sheet"),
    )


def _kind(where: str, given: Mapping[str, Any]) -> tuple[str, bool]:
    """Return the format, and whether the pattern's ending means tabs."""
    endings = set(re.findall(r"\\\.(\w+)", given["filePattern"])) & set(ENDINGS)
    kinds = {ENDINGS[ending] for ending in endings}
    if "format" not in given and len(kinds) != 1:
        raise ContractError(
            f"{where}: the custom property format is missing, and the filePattern's ending does "
            "not say it"
        )
    return given.get("format") or kinds.pop(), endings == {"tsv"}


def _read_encoding(where: str, name: str | None) -> str | None:
    if name is None:
        return None
    import codecs

    try:
        found = codecs.lookup(name)
        "".encode(name)
    except (LookupError, TypeError, UnicodeError):
        raise ContractError(
            f"{where}: encoding is {name!r}; use a name such as utf-8, cp949 or shift_jis"
        ) from None
    return found.name


def _count(where: str, given: Mapping[str, Any], name: str, least: int) -> int:
    count: int = given.get(name, least)
    if not least <= count <= 1000:
        raise ContractError(f"{where}: {name} is {count}; it must be from {least} to 1000")
    return count


def _expression(where: str, given: Mapping[str, Any], name: str) -> re.Pattern[str] | None:
    if name not in given:
        return None
    try:
        return re.compile(given[name])
    except re.error as error:
        raise ContractError(f"{where}: {name}: {error}") from error
