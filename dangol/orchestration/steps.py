"""Runs the steps of the night as Airflow tasks.

The steps themselves are in `dangol.nightly.steps`, which names them by address and knows nothing
about Airflow: parsing a DAG file imports none of them.
"""

from __future__ import annotations

import faulthandler
import json
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any, cast

from airflow.sdk import Asset, get_current_context, task
from airflow.sdk.exceptions import AirflowFailException

from dangol import pace
from dangol.errors import DangolError
from dangol.faults import crash_point
from dangol.id_keys import IdKeyError
from dangol.night import Night
from dangol.nightly import lock
from dangol.nightly.claim import read_claim
from dangol.nightly.ending import NotPublishedError, need_published, plan
from dangol.nightly.steps import step_named
from dangol.orchestration import assets, endings, progress, rules
from dangol.orchestration.processes import die_with_parent
from dangol.settings import Company, Settings, get_settings
from dangol.tracebacks import described, trace_of, without_values
from dangol.variables import SettingsError

log = logging.getLogger(__name__)

LARGEST_RESULT = 8_192
"""Bytes that a step may pass through Airflow's database: references and counts, never data."""

HANG_GRACE = timedelta(minutes=1)
"""How long a task past its timeout, and deep in native code, may take to notice."""

_STDERR = 2


class ResultTooLargeError(DangolError):
    """A step returned more than a small reference."""


class BusinessDateError(DangolError):
    """The requested business date can't be run; the message says why."""


_ANSWERS = (lock.RunRefused, BusinessDateError, NotPublishedError, SettingsError, IdKeyError)
"""What a retry would say again."""


def step(name: str, rule: rules.Rule, outlet: Asset | None = None, mapped: bool = False) -> Any:
    """Make the Airflow task of one step of the night.

    Parameters
    ----------
    name
        In `dangol.nightly.steps.STEPS`, and Airflow's task ID within its group.
    outlet
        The asset that the step updates.
    mapped
        Whether the DAG maps it: ``.expand(arguments=…)`` over lists of the step's own arguments.

    Returns
    -------
    XComArg
        The task; if mapped, what is to be expanded.
    """
    decorated = task(
        task_id=name,
        outlets=[outlet] if outlet else [],
        map_index_template="{{ label }}" if mapped else None,
        **rule.arguments(),
    )(run_step)
    return decorated.partial(step_name=name) if mapped else decorated(step_name=name)


def run_step(step_name: str, arguments: Sequence[str] = ()) -> Any:
    """Run one step of the night: the body of every task between the first and the last.

    Parameters
    ----------
    arguments
        What distinguishes mapped tasks, such as system and stream.

    Returns
    -------
    Any
        The step's result, which must be small.
    """
    step = step_named(step_name)
    with _task(step_name, arguments) as (night, is_side_by_side):
        settings = get_settings()
        with lock.hold_step(settings, night, side_by_side=is_side_by_side):
            result = step.run(settings, night, *arguments)
            crash_point(f"after.{'.'.join([step_name, *arguments])}")
            small = _small(step_name, result)
        endings.tell_warnings(night, result)
        _describe_assets(settings, night)
        return small


def _describe_assets(settings: Settings, night: Night) -> None:
    """Say in Airflow's list of assets what the task made; a night never fails for it."""
    context = get_current_context()
    for asset in context["task"].outlets:
        try:
            facts = assets.facts_of(settings, night, asset.name)
            context["outlet_events"][asset].extra = facts
        except Exception as error:
            log.warning("the asset %s is not described: %s", asset.name, type(error).__name__)


@task(**rules.OPENS_NIGHT.arguments())  # type: ignore[untyped-decorator] # Airflow's has no types
def begin() -> list[list[str]]:
    """Claim the home for the night and prepare it.

    Returns
    -------
    list of list of str
        System and stream of everything to extract.
    """
    with _task("begin") as (night, _):
        settings = get_settings()
        lock.claim_night(settings, night)
        endings.tell_if_marked(settings, read_claim(settings), night, get_current_context()["ti"])
        with lock.hold_step(settings, night):
            log.info("begin: %s", step_named("begin").run(settings, night))
            return plan(settings, night)["extract"]


@task(**rules.ENDS_NIGHT.arguments())  # type: ignore[untyped-decorator] # Airflow's has no types
def finish() -> None:
    """Write the page of a night that failed, release the home, and fail if nothing is published.

    Raises
    ------
    NotPublishedError
        Whatever states the other tasks have: a person can set them.
    """
    from dangol.nightly.report import show_failure

    with _task("finish") as (night, _):
        settings = get_settings()
        if lock.is_owned_by(settings, night):
            show_failure(settings, night)
        lock.release_night(settings, night)
        need_published(settings, night, endings.is_alerted(settings, night))


def night_of(context: Mapping[str, Any], company: Company) -> Night:
    """Return the night that a DAG run is for.

    Every task of a run gets the same answer, even if it is cleared a year later.

    Returns
    -------
    Night
        Of the date in the form; without one, of the last business day that was over at the end of
        the run's data interval.

    Raises
    ------
    BusinessDateError
        If the date is invalid, or its day was not over yet.
    """
    run = context["dag_run"]
    instant = context.get("data_interval_end") or run.run_after
    latest = Night.ending_by(instant, company, run.run_id)
    key = getattr(run, "partition_key", None)
    asked = (context.get("params") or {}).get("business_date") or key
    if key and asked != key:
        raise BusinessDateError(f"the run is for {key} by its partition, for {asked} by its form")
    if not asked:
        return latest
    try:
        business_date = date.fromisoformat(str(asked))
    except ValueError:
        raise BusinessDateError(f"{asked!r} is not a date; write it as 2017-12-31") from None
    if business_date > latest.business_date:
        raise BusinessDateError(
            f"{business_date} was not over in {company.timezone} when this run was created; the "
            f"last day that was over is {latest.business_date}"
        )
    return Night.of(business_date, company, run.run_id)


@contextmanager
def _task(step_name: str, arguments: Sequence[str] = ()) -> Iterator[tuple[Night, bool]]:
    """Wrap a task: label, progress, a hard timeout, and which errors must not be retried.

    The label names a mapped task in the grid, the business date appears in alerts: both are passed
    in Airflow's context.

    Yields
    ------
    tuple of Night and bool
        The night, and whether the task may run in parallel with others.

    Raises
    ------
    AirflowFailException
        If a retry would give the same answer.
    """
    die_with_parent()  # a task that outlives its supervisor would block its own retry
    context = get_current_context()
    task_of_airflow, instance = context["task"], context["ti"]
    label = ".".join(arguments) or step_name
    told = cast("dict[str, Any]", context)
    told["label"] = label
    name = step_name if label == step_name else f"{step_name} {label}"
    limit = (task_of_airflow.execution_timeout or timedelta(hours=12)) + HANG_GRACE
    # Airflow's timeout is a Python signal, which native code may ignore: then end the process
    faulthandler.dump_traceback_later(limit.total_seconds(), exit=True, file=_STDERR)
    started = time.monotonic()
    progress.tell("started", name)
    pace.start(lambda counts: progress.tell("pace", name, counts=counts))
    try:
        night = night_of(context, get_settings().company)
        told["business_date"] = night.business_date.isoformat()
        yield night, task_of_airflow.pool != rules.BUILD_POOL
    except Exception as error:
        is_answer = isinstance(error, _ANSWERS)
        is_last = is_answer or instance.try_number > (task_of_airflow.retries or 0)
        _tell_end("failed" if is_last else "again", name, started, error=described(error))
        if error.__cause__ or not isinstance(error, DangolError):
            log.error("%s", trace_of(error))
        alone = without_values(error)  # Airflow logs what is raised, and all behind it
        if is_answer:
            raise AirflowFailException(str(error)) from alone
        raise alone from None
    else:
        _tell_end("done", name, started, counts=pace.so_far())
    finally:
        faulthandler.cancel_dump_traceback_later()


def _tell_end(event: str, name: str, started: float, **details: Any) -> None:
    progress.tell(event, name, seconds=round(time.monotonic() - started, 1), **details)


def _small(step_name: str, result: Any) -> Any:
    size = len(json.dumps(result))
    if size > LARGEST_RESULT:
        raise ResultTooLargeError(
            f"step {step_name} returned {size} bytes; at most {LARGEST_RESULT} are allowed: return "
            "only counts, paths and IDs"
        )
    return result
