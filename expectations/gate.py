"""Runs the checks at a boundary between two layers, and stops the night if a critical one fails.

``run_gate`` is the task. It reads the build file, evaluates the suite of its boundary, records
every result, adds a page to Data Docs, and raises `GateFailed` if a critical expectation failed.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from dangol import layers, records
from dangol.build.project import entities_of
from dangol.build.warehouse import open_build
from dangol.contracts.reading import load_contracts
from dangol.errors import DangolError
from dangol.faults import crash_point
from dangol.files import private_folder
from dangol.heap import kept_to_the_end
from dangol.night import Night
from dangol.settings import Settings
from expectations.company import OwnExpectationError, lay_views, own_expectations
from expectations.masking import known_columns
from expectations.origin import Origin, Origins
from expectations.vocabulary import CRITICAL, WARNING, Expectation

if TYPE_CHECKING:
    from expectations.validate import Outcome

logger = logging.getLogger(__name__)

TOLD_IN_FULL = 5
"""Of many failures the first usually show the cause; the others are only listed."""


class GateFailed(DangolError):
    """A critical expectation failed; the night stops and the last publication stays.

    Either the data or the expectation is wrong. A retry would not help, so the orchestrator must
    not retry.

    Parameters
    ----------
    message
        Every failure: which rows, of which file and owner, and what to do.
    for_alert
        A line a failure, without rows: sentence, system, file and owner.
    """

    def __init__(self, message: str, for_alert: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.for_alert = tuple(for_alert)


def run_gate(settings: Settings, night: Night, gate_name: str) -> dict[str, Any]:
    """Check one boundary of the night.

    The recorded ``checked_at`` is the night's ``as_of``, so that the table does not depend on when
    or how often the night is run; the wall-clock time is in the log.

    Parameters
    ----------
    gate_name
        One of `dangol.layers.GATES`: a module of this package with ``expectations(night)`` and,
        optionally, ``prepare(connection, settings)``, which creates temporary tables.

    Returns
    -------
    dict
        ``gate``, ``expectations``, ``passed``, ``skipped`` and ``warnings`` (sentences),
        ``alerts`` (a line each, of warnings that someone must hear of), ``seconds``, ``data_docs``.

    Raises
    ------
    GateFailed
        If a critical expectation failed or could not be evaluated.
    ValueError
        If the gate does not exist.
    """
    if gate_name not in layers.GATES:
        raise ValueError(f"there is no gate {gate_name!r}; the gates are {', '.join(layers.GATES)}")
    started = time.monotonic()
    suite = import_module(f"expectations.{gate_name}")
    outcomes, data_docs = _judge(settings, night, gate_name, suite)
    crash_point(f"gate_{gate_name}.before_record")
    rows = [_row(night, gate_name, outcome) for outcome in outcomes]
    records.record(settings, "gate_results", night.business_date, part=gate_name, rows=rows)
    crash_point(f"gate_{gate_name}.after_record")
    broken = [outcome for outcome in outcomes if outcome.status in {"failed", "error"}]
    skipped = [outcome for outcome in outcomes if outcome.status == "skipped"]
    critical = [outcome for outcome in broken if outcome.expectation.severity == CRITICAL]
    warnings = [outcome for outcome in broken if outcome.expectation.severity != CRITICAL]
    origins = Origins(settings)
    for outcome in warnings:
        logger.warning("%s", describe(gate_name, outcome, origins.of(outcome.sample)))
    for outcome in skipped:
        logger.info("gate %s: %s — %s", gate_name, outcome.expectation.sentence, outcome.observed)
    seconds = round(time.monotonic() - started, 2)
    passed = len(outcomes) - len(broken) - len(skipped)
    logger.info(
        "gate %s: %d expectations, %d passed, %d skipped, %d warned, %d stopped the night, %.2f s",
        gate_name, len(outcomes), passed, len(skipped), len(warnings), len(critical), seconds,
    )  # fmt: skip
    if critical:
        raise GateFailed(
            _message(gate_name, night, critical, origins), list(_for_alert(critical, origins))
        )
    return {
        "gate": gate_name,
        "expectations": len(outcomes),
        "passed": passed,
        "skipped": [outcome.expectation.sentence for outcome in skipped],
        "warnings": [outcome.expectation.sentence for outcome in warnings],
        "alerts": list(
            _for_alert([each for each in warnings if each.expectation.is_alerted], origins)
        ),
        "seconds": seconds,
        "data_docs": data_docs,
    }


def _for_alert(outcomes: Sequence[Outcome], origins: Origins) -> Iterator[str]:
    """Yield a line for each of the first failures, and how many there are beside."""
    for outcome in outcomes[:TOLD_IN_FULL]:
        where = "; ".join(origin.short for origin in origins.of(outcome.sample))
        sentence = outcome.expectation.sentence
        yield f"{sentence}: {where}" if where else f"{sentence} — {outcome.observed}"
    if more := len(outcomes[TOLD_IN_FULL:]):
        yield f"and {more} more"


def describe(gate_name: str, outcome: Outcome, origins: Sequence[Origin] = ()) -> str:
    """Describe what failed, how many rows, which ones, and what to do.

    Parameters
    ----------
    outcome
        One that failed or could not be evaluated.
    origins
        Of its sample rows.

    Returns
    -------
    str
        Several lines, without personal values.
    """
    expectation = outcome.expectation
    what = "could not be evaluated" if outcome.status == "error" else "failed"
    lines = [
        f"gate {gate_name}, {expectation.severity}: {expectation.sentence} — {what}:"
        f" {outcome.observed}",
        f"  why: {expectation.reason}",
        *(f"  row: {row}" for row in outcome.sample),
        *(f"  from: {origin.line}" for origin in origins),
        f"  do: {_advice(outcome)}",
    ]
    commands = dict.fromkeys(origin.command for origin in origins if origin.command)
    if commands:
        lines.append(f"  more: {', '.join(f'`{command}`' for command in commands)}")
    return "\n".join(lines)


def _advice(outcome: Outcome) -> str:
    if outcome.status != "error":
        return outcome.expectation.advice
    own = outcome.expectation.declared_in
    return f"correct {own}, and run the night again" if own else _ADVICE_FOR_ERRORS


_ADVICE_FOR_ERRORS = (
    "the expectation or a model is wrong, not the data: compare the names in expectations/ with"
    " dbt_project/models/, correct them, and run the night again"
)


def _judge(
    settings: Settings, night: Night, gate_name: str, suite: Any
) -> tuple[list[Outcome], str | None]:
    data_docs, engine, validate = _great_expectations()
    context = engine.open_context(private_folder(settings.data_docs))
    own, unreadable = own_expectations(settings, gate_name)
    suited: Sequence[Expectation] = [
        *suite.expectations(night), *(each.expectation for each in own),
    ]  # fmt: skip
    delivered = entities_of(load_contracts(settings))
    declared = [each for each in suited if set(each.needs) <= set(delivered)]
    prepare: Callable[..., None] | None = getattr(suite, "prepare", None)
    with open_build(settings, read_only=True) as connection:
        if prepare is not None:
            prepare(connection, settings)
        broken = [
            validate.Outcome(each.expectation, "error", None, str(error))
            for each, error in lay_views(connection, own)
        ]
        outcomes, results = validate.validate(
            context,
            connection,
            [each for each in declared if all(each is not other.expectation for other in broken)],
            lambda: known_columns(load_contracts(settings)),
        )
    outcomes += broken
    outcomes = _with_skipped(suited, outcomes) + [_unreadable(error) for error in unreadable]
    try:
        index = data_docs.publish_results(context, settings.data_docs, night, gate_name, results)
    except Exception as error:  # a page that can't be built must not stop the night
        logger.error(
            "the Data Docs page of gate %s was not built: %s", gate_name, type(error).__name__
        )
        return outcomes, None
    return outcomes, str(index)


def _unreadable(error: OwnExpectationError) -> Outcome:
    """Return the outcome of a company's file that says nothing: the night goes on."""
    from expectations.validate import Outcome

    file = str(error).partition(":")[0]
    expectation = Expectation(
        table="",
        sentence=f"{file} can be used",
        reason="it was written to be checked every night, and is not",
        severity=WARNING,
        offenders="",
        advice="",
        kind="",
        declared_in=file,
    )
    return Outcome(expectation, "error", None, str(error))


def _with_skipped(suited: Sequence[Expectation], outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return an outcome for each expectation, in the suite's order: some were not evaluated."""
    from expectations.validate import Outcome

    found = {id(outcome.expectation): outcome for outcome in outcomes}
    return [
        found.get(id(each))
        or Outcome(each, "skipped", None, f"skipped: no system delivers {' and '.join(each.needs)}")
        for each in suited
    ]


@lru_cache(maxsize=1)
def _great_expectations() -> tuple[ModuleType, ModuleType, ModuleType]:
    """Import our modules on Great Expectations, which takes a second: only when a gate runs."""
    with kept_to_the_end():
        from expectations import data_docs, engine, validate
    return data_docs, engine, validate


def _row(night: Night, gate_name: str, outcome: Outcome) -> dict[str, Any]:
    return {
        "run_id": night.run_id,
        "gate": gate_name,
        "expectation": outcome.expectation.sentence,
        "severity": outcome.expectation.severity,
        "status": outcome.status,
        "passed": outcome.status == "passed",
        "unexpected_count": outcome.unexpected_count,
        "observed": outcome.observed,
        "reason": outcome.expectation.reason,
        "advice": _advice(outcome),
        "sample": list(outcome.sample),  # for the night's page, not published
        "checked_at": night.as_of,
    }


def _message(gate_name: str, night: Night, critical: Sequence[Outcome], origins: Origins) -> str:
    head = (
        f"gate {gate_name} stopped the night of {night.business_date.isoformat()}:"
        f" {len(critical)} critical expectation(s) failed. The last publication stays in place."
    )
    told = [
        describe(gate_name, outcome, origins.of(outcome.sample))
        for outcome in critical[:TOLD_IN_FULL]
    ]
    others = [f"also: {outcome.expectation.sentence}" for outcome in critical[TOLD_IN_FULL:]]
    return "\n".join([head, *told, *others])
