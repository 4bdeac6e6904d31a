"""Replays a range of business dates, each as a run of the DAG ``nightly``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NoReturn, cast

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DagRunState, get_current_context, task
from airflow.sdk.exceptions import (
    AirflowFailException,
    AirflowRuntimeError,
    AirflowSkipException,
)

from dangol.errors import DangolError
from dangol.night import Night
from dangol.orchestration import rules
from dangol.settings import Company, get_settings

if TYPE_CHECKING:
    from airflow.sdk import Context

MOST_NIGHTS = 366
"""In one run: a year, and below the number that Airflow maps by default."""


class RangeError(DangolError):
    """The range of dates can't be replayed; the message says why."""


class OrderError(DangolError):
    """A night was due before the one before it had ended."""


@task(**rules.OPENS_NIGHT.arguments())  # type: ignore[untyped-decorator] # Airflow's has no types
def nights() -> list[str]:
    """Return the business dates to replay, or refuse the range.

    Returns
    -------
    list of str
        In order, in ISO form.

    Raises
    ------
    AirflowFailException
        If `nights_between` refuses the range, with its reason.
    """
    context = get_current_context()
    try:
        dates = nights_between(context["params"], _latest(context, get_settings().company))
    except RangeError as error:
        raise AirflowFailException(str(error)) from error
    return [day.isoformat() for day in dates]


def nights_between(params: Mapping[str, Any], latest: date) -> list[date]:
    """Return the business dates of a form.

    Parameters
    ----------
    params
        With ``from_date`` and ``to_date``, both inclusive.
    latest
        The last business day that is over.

    Returns
    -------
    list of date
        In order.

    Raises
    ------
    RangeError
        If a date is invalid, the range is empty or too long, or its end is not over yet.
    """
    try:
        first, last = (date.fromisoformat(str(params[name])) for name in ("from_date", "to_date"))
    except ValueError as error:
        raise RangeError(f"{error}; write dates as 2017-12-31") from None
    count = (last - first).days + 1
    if count < 1:
        raise RangeError(f"the range ends on {last}, before it begins on {first}; swap the dates")
    if last > latest:
        raise RangeError(f"{last} is not over yet; the last business day that is over is {latest}")
    if count > MOST_NIGHTS:
        raise RangeError(
            f"{first} to {last} is {count} nights; at most {MOST_NIGHTS}: split the range"
        )
    return [first + timedelta(days=offset) for offset in range(count)]


class NightRun(TriggerDagRunOperator):
    """Starts ``nightly`` for one business date and waits for it, if the date before it succeeded.

    Parameters
    ----------
    business_date
        In ISO form. Mapped; the DAG runs one at a time, and Airflow starts them in order.
    """

    def __init__(self, *, business_date: str, **arguments: Any) -> None:
        super().__init__(
            trigger_dag_id="nightly",
            conf={"business_date": business_date},
            wait_for_completion=True,
            # clearing a failed night re-runs the same DAG run
            reset_dag_run=True,
            # otherwise it would wait forever
            fail_when_dag_is_paused=True,
            poke_interval=2,
            **arguments,
        )
        self.business_date = business_date

    def execute(self, context: Context) -> None:
        """Start the night and wait for it.

        A night after one that failed is skipped: history is replayed in order or not at all.
        """
        # one names the mapped task in the grid, the other appears in alerts
        day_of_context = {"label": self.business_date, "business_date": self.business_date}
        cast("dict[str, Any]", context).update(day_of_context)
        day = date.fromisoformat(self.business_date)
        first = date.fromisoformat(context["params"]["from_date"])
        stamp = f"{context['dag_run'].run_after:%Y%m%dT%H%M%S}"
        if day > first and self._state(context, day - timedelta(days=1), stamp) != "success":
            self._stop(context, first, day, stamp)
        self.trigger_run_id = _run_id(day, stamp)
        super().execute(context)

    def _stop(self, context: Context, first: date, day: date, stamp: str) -> NoReturn:
        earlier = (first + timedelta(days=offset) for offset in range((day - first).days))
        states = ((other, self._state(context, other, stamp)) for other in earlier)
        broken, state = next(pair for pair in states if pair[1] != "success")
        if state == "failed":
            raise AirflowSkipException(f"{broken} failed, so {day} is not replayed")
        error = OrderError(f"{broken} is {state}; {day} can't run before it")
        raise AirflowFailException(str(error)) from error

    def _state(self, context: Context, day: date, stamp: str) -> str:
        try:
            return DagRunState(context["ti"].get_dagrun_state("nightly", _run_id(day, stamp))).value
        except AirflowRuntimeError:
            return "missing"


def _run_id(day: date, stamp: str) -> str:
    return f"backfill__{day}__{stamp}"


def _latest(context: Mapping[str, Any], company: Company) -> date:
    run = context["dag_run"]
    instant = context.get("data_interval_end") or run.run_after
    return Night.ending_by(instant, company).business_date
