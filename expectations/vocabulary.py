"""The functions that declare a gate's expectations.

An expectation is a sentence, a reason for its bound, a severity, and either one of Great
Expectations' own classes or a query for the rows that violate it. Declaring one is cheap: Great
Expectations is imported only when a gate runs, in `expectations.engine`.
"""

# ruff: noqa: S608  all names and values are constants of the suites

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
"""Someone should look at it tomorrow; the night goes on."""


UP_TO_THE_DAY = "not after the business day"
"""The wording of a range that ends with the night's business day."""


@dataclass(frozen=True)
class Expectation:
    """One check at a boundary.

    Parameters
    ----------
    table
        ``schema.table`` that it checks.
    sentence
        What must be true, in words.
    reason
        Why the bound is what it is.
    severity
        ``critical`` or ``warning``.
    offenders
        A query for the rows that violate it, from which the failure message takes its sample.
    kind
        The name of the Great Expectations class that evaluates it.
    arguments
        Keyword arguments of that class.
    needs
        Entities without which it says nothing: it is skipped while no system delivers them.
    declared_in
        The file of a company's own one; empty for Dangol's.
    is_alerted
        Whether an alert is sent although it is only a warning.
    """

    table: str
    sentence: str
    reason: str
    severity: Severity
    offenders: str
    advice: str
    kind: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    declared_in: str = ""
    is_alerted: bool = False


def no_rows(
    table: str,
    sentence: str,
    query: str,
    because: str,
    advice: str,
    severity: Severity = CRITICAL,
    bounds: Mapping[str, Bound] | None = None,
    needs: tuple[str, ...] = (),
    is_alerted: bool = False,
) -> Expectation:
    """Expect a query to return no rows.

    Parameters
    ----------
    table
        ``schema.table`` that the sentence is about.
    query
        Selects the rows that violate it. ``$name`` is replaced by a bound. Braces can't be used:
        Great Expectations interprets them.
    because
        Why the bounds are what they are.
    severity
        ``critical`` by default.
    bounds
        The values of the query's ``$name``s: constants from the suite, never values from files.
    needs
        Entities without which it is skipped.
    is_alerted
        As of an `Expectation`.

    Returns
    -------
    Expectation
        Evaluated by counting the query's rows in the database.
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
        needs=needs,
        is_alerted=is_alerted,
    )


def never_null(
    table: str, column: str, because: str, advice: str, severity: Severity = CRITICAL
) -> Expectation:
    """Expect a column to have a value in every row; other parameters as in `no_rows`."""
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
    """Expect a column's values to be in a range; nulls are left to `never_null`.

    Parameters
    ----------
    least, most
        The ends of the range, both inclusive. At least one is required.
    said
        The range in words, for bounds that change every night: the sentence must stay the same.

    Returns
    -------
    Expectation
        Evaluated by ``ExpectColumnValuesToBeBetween``.
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
    """Expect ``least`` to ``most`` rows, both inclusive; other parameters as in `no_rows`."""
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
    """Expect some columns to be unique together and never null; two nulls are the same value.

    Only keys whose hash occurs twice are grouped. This takes a third of the time of Great
    Expectations' own uniqueness classes, which group the whole table and join it to its groups.

    Parameters
    ----------
    table, columns
        Where. Two nulls are the same value.
    nullable
        Columns that may be null.
    tonight
        A condition on the rows that a night may have changed. Only their keys are looked up among
        all rows, so that the cost does not grow with the table's history.

    Returns
    -------
    Expectation
        Evaluated by counting the keys that occur more than once or are null.
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
        A number, date, time or text: a constant from the code.

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
        raise TypeError(f"{type(value).__name__} can't be a bound in a query")
    if isinstance(value, datetime):
        return f"timestamp '{value.replace(tzinfo=None).isoformat(sep=' ')}'"
    if isinstance(value, date):
        return f"date '{value.isoformat()}'"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return format(value, "f") if isinstance(value, Decimal) else repr(value)


def _plain(value: Bound | None) -> object:
    """Return a bound in a form that Great Expectations can store as JSON."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value
