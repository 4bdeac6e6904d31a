"""The words in which a gate's expectations are declared.

An expectation is a sentence, a reason for its bound, a severity, and either one of Great
Expectations' own classes or a query that returns the rows that should not be there. Declaring one
costs nothing: Great Expectations is imported when a gate runs, in `expectations.engine`.
"""

# ruff: noqa: S608  the names come from the suites, the values are constants of theirs

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from string import Template
from typing import Any, Literal

Severity = Literal["critical", "warning"]
Bound = int | float | Decimal | date | datetime | str

CRITICAL: Severity = "critical"
"""Readers would get wrong numbers: the night stops and last night's publication stays."""

WARNING: Severity = "warning"
"""Somebody should look at it tomorrow; the night goes on."""


UP_TO_THE_DAY = "not after the business day"
"""How a range that ends with the night's business day is said."""


@dataclass(frozen=True)
class Expectation:
    """One thing that must hold at a boundary.

    Parameters
    ----------
    table
        ``schema.table`` that it speaks about.
    sentence
        What must hold, for a person.
    reason
        Why the bound is where it is.
    severity
        ``critical`` or ``warning``.
    offenders
        A query for the rows that break it; the sample of a failure's message comes from it.
    advice
        What to do when it fails.
    kind
        The name of the class of Great Expectations that judges it.
    arguments
        For that class.
    """

    table: str
    sentence: str
    reason: str
    severity: Severity
    offenders: str
    advice: str
    kind: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


def no_rows(
    table: str,
    sentence: str,
    query: str,
    because: str,
    advice: str,
    severity: Severity = CRITICAL,
    bounds: Mapping[str, Bound] | None = None,
) -> Expectation:
    """Expect a query to find nothing.

    Parameters
    ----------
    table
        ``schema.table`` that the sentence is about.
    sentence
        What must hold.
    query
        Selects the rows that break it. ``$name`` stands for a bound; braces are Great Expectations'
        and can't be used.
    because
        The reason for the bounds.
    advice
        What to do when it fails.
    severity
        ``critical`` unless said otherwise.
    bounds
        The values of the query's ``$name``s: constants of the suite, never values from files.

    Returns
    -------
    Expectation
        Judged by counting the query's rows in the database.
    """
    written = Template(query).substitute(
        {name: literal(value) for name, value in (bounds or {}).items()}
    )
    return Expectation(
        table=table,
        sentence=sentence,
        reason=because,
        severity=severity,
        offenders=written,
        advice=advice,
        kind="NoRowsExpected",
        arguments={"unexpected_rows_query": written},
    )


def never_null(
    table: str, column: str, because: str, advice: str, severity: Severity = CRITICAL
) -> Expectation:
    """Expect a column to have a value in every row; the rest as in `no_rows`."""
    return Expectation(
        table=table,
        sentence=f"{table}.{column} is never null",
        reason=because,
        severity=severity,
        offenders=f"select * from {table} where {column} is null",
        advice=advice,
        kind="ExpectColumnValuesToNotBeNull",
        arguments={"column": column},
    )


def between(
    table: str,
    column: str,
    because: str,
    advice: str,
    least: Bound | None = None,
    most: Bound | None = None,
    said: str = "",
    severity: Severity = CRITICAL,
) -> Expectation:
    """Expect a column's values to lie in a range; nulls are left to `never_null`.

    Parameters
    ----------
    table, column
        Where.
    because, advice, severity
        As in `no_rows`.
    least, most
        The ends of the range, both allowed values. At least one is given.
    said
        The range in words, where a bound is another every night: the sentence is the same in all.

    Returns
    -------
    Expectation
        Judged by ``ExpectColumnValuesToBeBetween``.
    """
    words, tests = [], []
    if least is not None:
        words.append(f"at least {least}")
        tests.append(f"{column} < {literal(least)}")
    if most is not None:
        words.append(f"at most {most}")
        tests.append(f"{column} > {literal(most)}")
    return Expectation(
        table=table,
        sentence=f"{table}.{column} is {said or ' and '.join(words)}",
        reason=because,
        severity=severity,
        offenders=f"select * from {table} where {' or '.join(tests)}",
        advice=advice,
        kind="ExpectColumnValuesToBeBetween",
        arguments={"column": column, "min_value": _plain(least), "max_value": _plain(most)},
    )


def row_count(
    table: str,
    because: str,
    advice: str,
    least: int,
    most: int | None = None,
    severity: Severity = CRITICAL,
) -> Expectation:
    """Expect a number of rows between two, both allowed; the rest as in `no_rows`."""
    number = f"at least {least}" if most is None else f"{least} to {most}"
    wrong = f"count(*) < {least}" + (f" or count(*) > {most}" if most is not None else "")
    return Expectation(
        table=table,
        sentence=f"{table} has {number} rows",
        reason=because,
        severity=severity,
        offenders=f"select count(*) as row_count from {table} having {wrong}",
        advice=advice,
        kind="ExpectTableRowCountToBeBetween",
        arguments={"min_value": least, "max_value": most},
    )


def unique(
    table: str,
    columns: Sequence[str],
    because: str,
    advice: str,
    severity: Severity = CRITICAL,
    nullable: Collection[str] = (),
    tonight: str = "",
) -> Expectation:
    """Expect no two rows to share the values of some columns, and none to lack one.

    Only keys whose hash occurs twice are grouped, which takes a third of the time of Great
    Expectations' own uniqueness classes: these group the table and join it to its groups.

    Parameters
    ----------
    table, columns
        Where. Two nulls are the same value.
    because, advice, severity
        As in `no_rows`.
    nullable
        Columns that may be null.
    tonight
        A condition on the rows that a night may have changed: only their keys are looked for, among
        all rows. A table that contains all of history would cost what the history is long.

    Returns
    -------
    Expectation
        Judged by counting the keys that occur more than once or are null.
    """
    key = ", ".join(columns)
    nulls = "".join(f" or {column} is null" for column in columns if column not in nullable)
    hashes = f"select hash({key}) as key_hash from {table}"
    changed = f" where hash({key}) in ({hashes} where {tonight})" if tonight else ""
    twice = f"{hashes}{changed} group by key_hash having count(*) > 1"
    return no_rows(
        table,
        f"{table} has one row per {key}",
        f"select {key}, count(*) as row_count from {table} where hash({key}) in ({twice}){nulls}"
        f" group by all having count(*) > 1{nulls}",
        because,
        advice,
        severity,
    )


def literal(value: Bound) -> str:
    """Write a constant as SQL.

    Parameters
    ----------
    value
        A number, day, time or text that stands in the code.

    Returns
    -------
    str
        A literal of DuckDB.

    Raises
    ------
    TypeError
        If the value is of another kind.
    """
    if isinstance(value, bool) or not isinstance(value, Bound):
        raise TypeError(f"{type(value).__name__} can't stand as a bound in a query")
    if isinstance(value, datetime):
        return f"timestamp '{value.replace(tzinfo=None).isoformat(sep=' ')}'"
    if isinstance(value, date):
        return f"date '{value.isoformat()}'"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return format(value, "f") if isinstance(value, Decimal) else repr(value)


def _plain(value: Bound | None) -> object:
    """Return a bound in a form that Great Expectations can keep as JSON."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value
