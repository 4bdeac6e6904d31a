"""Evaluates the expectations of a gate with Great Expectations and returns their outcomes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import duckdb

from expectations.engine import (
    ExpectationSuite,
    ExpectationValidationResult,
    NoRowsExpected,
    gxe,
)
from expectations.masking import KnownColumns, mask_rows
from expectations.vocabulary import Expectation

SAMPLE_ROWS = 3
_QUERIES = "queries"
"""The batch of the query expectations, whose queries name their own tables."""

_KEYS = frozenset({
    "system", "stream", "source_system", "load_id", "_load_id", "_row", "business_date",
    "order_id", "order_line_id", "product_id", "store_id", "campaign_id", "coupon_id",
    "identifier_id", "customer_id", "as_of", "order_date", "file_date",
})  # fmt: skip
"""What says which row it is, of a check of one column."""

Status = Literal["passed", "failed", "error", "skipped"]

# counts and shares, never values: the partial list would quote values
_RESULT_FORMAT = {"result_format": "SUMMARY", "partial_unexpected_count": 0}
_KEPT = ("observed_value", "element_count", "unexpected_count", "unexpected_percent")

_DUCKDB_ERROR = re.compile(r"_duckdb\.(\w+)[:)] (.*)")
_ERRORS_ABOUT_NAMES = {"BinderException", "CatalogException", "ParserException"}
"""Their first line names only tables and columns of the query; other errors quote values."""


@dataclass(frozen=True)
class Outcome:
    """The outcome of one expectation.

    Parameters
    ----------
    status
        ``passed``, ``failed`` (the data violates it), ``error`` (it could not be evaluated) or
        ``skipped`` (no system delivers what it needs).
    unexpected_count
        Rows that violate it; None if it could not be evaluated or does not count rows.
    observed
        What was observed, in words.
    sample
        Up to three masked rows that violate it: their keys, and what is wrong.
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
    known: Callable[[], KnownColumns] = KnownColumns,
) -> tuple[list[Outcome], list[Any]]:
    """Evaluate expectations on the open build file.

    All query expectations are evaluated together, and so are the others of each table, because
    Great Expectations bundles their counts into one query.

    Parameters
    ----------
    context
        From `expectations.engine.open_context`.
    known
        Returns what is known of columns, to mask samples; called only when something failed.

    Returns
    -------
    tuple of (list of Outcome, list of ExpectationValidationResult)
        The outcomes in the expectations' order, and the results for Data Docs.
    """
    batches: dict[str, dict[int, Expectation]] = {}
    for place, expectation in enumerate(expectations):
        table = _QUERIES if expectation.kind == "NoRowsExpected" else expectation.table
        batches.setdefault(table, {})[place] = expectation
    results: dict[int, Any] = {}
    for table, places in batches.items():
        results.update(_judge(context, connection, table, places))
    outcomes = [
        _outcome(connection, expectation, results[place], known)
        for place, expectation in enumerate(expectations)
    ]
    return outcomes, [_without_values(results[place]) for place in range(len(expectations))]


def _judge(
    context: Any,
    connection: duckdb.DuckDBPyConnection,
    table: str,
    places: Mapping[int, Expectation],
) -> dict[int, Any]:
    """Evaluate the expectations of one batch; return their results by position in the suite."""
    suite = ExpectationSuite(name=table)
    # add_expectation compares each with all before it
    suite.expectations = [_build(expectation, place) for place, expectation in places.items()]
    try:
        with _batch(context, connection, table) as batch:
            results = batch.validate(suite, result_format=_RESULT_FORMAT).results
    except Exception as error:
        # if a table can't be read, all of its expectations are errors
        text = f"{type(error).__name__}: {error}"
        results = [
            ExpectationValidationResult(
                success=False,
                expectation_config=each.configuration,
                exception_info={"raised_exception": True, "exception_traceback": text},
            )
            for each in suite.expectations
        ]
    # failed evaluations come first, whatever the suite's order, so go by position
    return {result.expectation_config.meta["place"]: result for result in results}


def _build(expectation: Expectation, place: int) -> Any:
    owner = NoRowsExpected if expectation.kind == "NoRowsExpected" else None
    build = owner or getattr(gxe, expectation.kind)
    said = f"{expectation.sentence} ({expectation.severity}; {expectation.reason})"
    return build(
        **expectation.arguments,
        severity=expectation.severity,
        meta={"place": place},
        # Great Expectations would render a dollar sign as a parameter
        description=said.replace("$", "$$"),
    )


@contextmanager
def _batch(context: Any, connection: duckdb.DuckDBPyConnection, table: str) -> Iterator[Any]:
    schema, _, name = table.partition(".")
    # one datasource per batch: a batch definition replaces the context's datasource
    source = context.data_sources.add_duckdb(table, table_schema=schema)
    source.lend(connection)
    try:
        asset = (
            source.add_query_asset(table, "select 1 as one")
            if table == _QUERIES
            else source.add_table_asset(name)
        )
        yield asset.add_batch_definition_whole_table("all").get_batch()
    finally:
        source.get_execution_engine().release()


def _outcome(
    connection: duckdb.DuckDBPyConnection,
    expectation: Expectation,
    result: Any,
    known: Callable[[], KnownColumns],
) -> Outcome:
    if problem := _problem(result):
        return Outcome(expectation, "error", None, problem)
    numbers = result.result
    unexpected, rows = numbers.get("unexpected_count"), numbers.get("element_count")
    if unexpected is None and "observed_value" not in numbers:
        unexpected = 0  # nothing is counted in an empty table
    if unexpected is None:
        observed = f"{numbers['observed_value']}"
    else:
        observed = f"{unexpected} unexpected rows" + (f" of {rows}" if rows else "")
    if result.success:
        return Outcome(expectation, "passed", unexpected, observed)
    sample = _sample(connection, expectation, known)
    return Outcome(expectation, "failed", unexpected, observed, sample)


def _sample(
    connection: duckdb.DuckDBPyConnection,
    expectation: Expectation,
    known: Callable[[], KnownColumns],
) -> tuple[str, ...]:
    found = connection.sql(expectation.offenders).limit(SAMPLE_ROWS)
    column = expectation.arguments.get("column")
    if column is not None:
        shown = [name for name in found.columns if name == column or name in _KEYS]
        found = found.select(*(duckdb.ColumnExpression(name) for name in shown))
    is_own = bool(expectation.declared_in)
    return tuple(mask_rows(found.columns, found.fetchall(), known(), is_own))


def _problem(result: Any) -> str | None:
    """Say why an expectation could not be evaluated, without quoting values; None if it was."""
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
