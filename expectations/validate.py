"""Runs the expectations of a gate through Great Expectations and tells what came of each."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import duckdb

from expectations.engine import (
    ExpectationSuite,
    ExpectationValidationResult,
    NoRowsExpected,
    gxe,
)
from expectations.masking import mask_rows
from expectations.vocabulary import Expectation

SAMPLE_ROWS = 10
Status = Literal["passed", "failed", "error"]

# counts and shares, never values: the partial list would quote the offenders
_RESULT_FORMAT = {"result_format": "SUMMARY", "partial_unexpected_count": 0}
_KEPT = ("observed_value", "element_count", "unexpected_count", "unexpected_percent")

_DUCKDB_ERROR = re.compile(r"_duckdb\.(\w+): (.*)")
_ERRORS_ABOUT_NAMES = {"BinderException", "CatalogException", "ParserException"}
"""Their first line names a table or a column of the query; other errors quote values."""


@dataclass(frozen=True)
class Outcome:
    """What came of one expectation.

    Parameters
    ----------
    expectation
        The declaration.
    status
        ``passed``, ``failed`` (the data broke it) or ``error`` (it could not be judged).
    unexpected_count
        Rows that break it; None if it could not be judged or does not count rows.
    observed
        What was seen, in words.
    sample
        Up to ten masked rows that break it.
    """

    expectation: Expectation
    status: Status
    unexpected_count: int | None
    observed: str
    sample: tuple[str, ...] = ()


def validate(
    context: Any,
    connection: duckdb.DuckDBPyConnection,
    expectations: Sequence[Expectation],
    personal: Collection[str] = (),
) -> tuple[list[Outcome], list[Any]]:
    """Judge expectations on the open build file.

    The expectations of a table are judged together: Great Expectations bundles their counts into one
    query.

    Parameters
    ----------
    context
        Of `expectations.engine.open_context`.
    connection
        The build file.
    expectations
        Of any tables.
    personal
        Columns to mask in samples.

    Returns
    -------
    tuple of (list of Outcome, list of ExpectationValidationResult)
        The outcomes in the expectations' order, and what Data Docs show of them.
    """
    results: dict[Expectation | int, Any] = {}
    for table in dict.fromkeys(expectation.table for expectation in expectations):
        of_table = [index for index, each in enumerate(expectations) if each.table == table]
        judged = _judge(context, connection, table, [expectations[index] for index in of_table])
        results.update(zip(of_table, judged, strict=True))
    outcomes = [
        _outcome(connection, expectation, results[index], personal)
        for index, expectation in enumerate(expectations)
    ]
    return outcomes, [_without_values(results[index]) for index in range(len(expectations))]


def _judge(
    context: Any,
    connection: duckdb.DuckDBPyConnection,
    table: str,
    expectations: Sequence[Expectation],
) -> list[Any]:
    suite = ExpectationSuite(name=table)
    for expectation in expectations:
        suite.add_expectation(_build(expectation))
    try:
        batch = _batch(context, connection, table)
        # results come back in the suite's order
        return list(batch.validate(suite, result_format=_RESULT_FORMAT).results)
    except Exception as error:
        text = f"{type(error).__name__}: {error}"
        return [
            ExpectationValidationResult(
                success=False,
                expectation_config=each.configuration,
                exception_info={"raised_exception": True, "exception_traceback": text},
            )
            for each in suite.expectations
        ]


def _build(expectation: Expectation) -> Any:
    owner = NoRowsExpected if expectation.kind == "NoRowsExpected" else None
    build = owner or getattr(gxe, expectation.kind)
    return build(
        **expectation.arguments,
        severity=expectation.severity,
        # a dollar sign would be a parameter of Great Expectations' page
        description=expectation.sentence.replace("$", "$$"),
        notes=f"{expectation.severity}: {expectation.reason}",
    )


def _batch(context: Any, connection: duckdb.DuckDBPyConnection, table: str) -> Any:
    schema, name = table.split(".")
    # a datasource per table: adding a batch definition replaces the datasource that the context keeps
    source = context.data_sources.add_duckdb(table, table_schema=schema)
    source.lend(connection)
    return source.add_table_asset(name).add_batch_definition_whole_table("all").get_batch()


def _outcome(
    connection: duckdb.DuckDBPyConnection,
    expectation: Expectation,
    result: Any,
    personal: Collection[str],
) -> Outcome:
    if problem := _problem(result):
        return Outcome(expectation, "error", None, problem)
    numbers = result.result
    unexpected, rows = numbers.get("unexpected_count"), numbers.get("element_count")
    if result.success:
        observed = f"{numbers['observed_value']}" if unexpected is None else "0 unexpected rows"
        return Outcome(expectation, "passed", unexpected, observed)
    if unexpected is None:
        observed = f"{numbers['observed_value']}"
    else:
        observed = f"{unexpected} unexpected rows" + (f" of {rows}" if rows is not None else "")
    sample = _sample(connection, expectation, personal)
    return Outcome(expectation, "failed", unexpected, observed, sample)


def _sample(
    connection: duckdb.DuckDBPyConnection, expectation: Expectation, personal: Collection[str]
) -> tuple[str, ...]:
    found = connection.sql(expectation.offenders).limit(SAMPLE_ROWS)
    return tuple(mask_rows(found.columns, found.fetchall(), personal))


def _problem(result: Any) -> str | None:
    """Say why an expectation could not be judged, without quoting a value; None if it was."""
    trace = " ".join(_traces(result.exception_info or {}))
    if not trace:
        return None
    match = _DUCKDB_ERROR.search(trace)
    if match is None:
        return f"{trace.strip().splitlines()[-1].split(':')[0]} within Great Expectations"
    kind, message = match.groups()
    return f"{kind}: {message}" if kind in _ERRORS_ABOUT_NAMES else f"{kind} (its text is withheld)"


def _traces(info: Any) -> list[str]:
    if not isinstance(info, dict):
        return []
    own = [str(info["exception_traceback"])] if info.get("raised_exception") else []
    return own + [trace for value in info.values() for trace in _traces(value)]


def _without_values(result: Any) -> Any:
    problem = _problem(result)
    result.result = {name: result.result[name] for name in _KEPT if name in result.result}
    result.exception_info = {
        "raised_exception": problem is not None,
        "exception_message": problem,
        "exception_traceback": problem,
    }
    return result
