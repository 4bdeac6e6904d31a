"""Runs one night through Airflow without a server and shows its progress line by line."""

from __future__ import annotations

import json
import os
import select
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from dangol.nightly import lock
from dangol.orchestration import progress
from dangol.orchestration.environment import airflow_environment
from dangol.orchestration.processes import AirflowStartError, prepare_airflow, start, stop
from dangol.settings import Settings

Show = Callable[[str], None]
"""Prints one line to the terminal."""

Follow = Callable[[dict[str, Any]], None]
"""Gets an event that a task reported."""


@dataclass(frozen=True)
class Outcome:
    """How a night ended.

    Parameters
    ----------
    seconds
        The whole night, including Airflow's start.
    log_file
        The full output of Airflow and the steps.
    tasks
        Seconds per task, in the order in which they ended.
    failed_task, error
        The first task that failed for good, and its error; empty if none did.
    """

    succeeded: bool
    seconds: float
    log_file: Path
    tasks: dict[str, float]
    failed_task: str = ""
    error: str = ""


def run_night_in_airflow(
    settings: Settings, business_date: date, show: Show, follow: Follow | None = None
) -> Outcome:
    """Run the DAG ``nightly`` for a business date in this terminal, with Airflow's ``dags test``.

    The home is locked from start to end.

    Parameters
    ----------
    show
        Gets a line when a task starts and when it ends.
    follow
        Gets what the tasks report (`dangol.orchestration.progress`), instead of those lines.

    Returns
    -------
    Outcome
        A failed night is an outcome, not an exception.

    Raises
    ------
    dangol.nightly.lock.RunRefused
        If another run owns the home.
    """
    started = time.monotonic()
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    log_file = settings.home / "logs" / f"night-{business_date}-{stamp}.log"
    name = f"dangol run {business_date}"
    with lock.hold_home(settings, name, business_date) as (descriptor, variables):
        environment = airflow_environment(settings, os.environ) | variables
        try:
            if prepare_airflow(settings, environment, log_file):
                show("  Airflow's database is ready")
            code, events = _follow(
                settings, business_date, environment, log_file, descriptor,
                follow or (lambda event: _show_event(event, show)),
            )  # fmt: skip
        except AirflowStartError as error:
            seconds = time.monotonic() - started
            return Outcome(False, seconds, log_file, {}, "Airflow's start", str(error))
    failed = [event for event in events if event["event"] == "failed"]
    succeeded = code == 0 and not failed
    outcome = Outcome(
        succeeded=succeeded,
        seconds=round(time.monotonic() - started, 1),
        log_file=log_file,
        tasks={event["task"]: event["seconds"] for event in events if event["event"] == "done"},
        failed_task=failed[0]["task"] if failed else "" if succeeded else _last_started(events),
        error=failed[0]["error"] if failed else "" if succeeded else _last_words(log_file, code),
    )
    if not outcome.succeeded:
        show(f"\nThe night of {business_date} failed at {outcome.failed_task}:")
        show(f"  {outcome.error}")
        show(f"Full log: {outcome.log_file}")
    return outcome


def _follow(
    settings: Settings,
    business_date: date,
    environment: dict[str, str],
    log_file: Path,
    lock_descriptor: int,
    follow: Follow,
) -> tuple[int, list[dict[str, Any]]]:
    """Run the DAG; return its exit code and every event that its tasks reported."""
    reading, writing = os.pipe()
    conf = json.dumps({"business_date": business_date.isoformat()})
    events = []
    try:
        process = start(
            ["dags", "test", "nightly", "--conf", conf],
            environment | {progress.PIPE_VARIABLE: str(writing)},
            log_file,
            pass_fds=(lock_descriptor, writing),
        )
        os.close(writing)
        try:
            for event in _events(reading, process):
                events.append(event)
                follow(event)
        finally:
            stop([process])
    finally:
        os.close(reading)
    return process.returncode, events


def _events(reading: int, process: subprocess.Popen[bytes]) -> Iterator[dict[str, Any]]:
    """Yield events until the process has ended, even if a grandchild keeps the pipe open."""
    rest = b""
    while True:
        has_ended = process.poll() is not None
        while select.select([reading], [], [], 0 if has_ended else 0.2)[0]:
            block = os.read(reading, 65_536)
            if not block:
                has_ended = process.wait() is not None
                break
            *lines, rest = (rest + block).split(b"\n")
            for line in lines:
                yield json.loads(line)
        if has_ended:
            return


def _show_event(event: dict[str, Any], show: Show) -> None:
    if event["event"] != "pace":
        show(_line(event))


def _line(event: dict[str, Any]) -> str:
    if event["event"] == "started":
        return f"  …  {event['task']}"
    seconds = f"{event['seconds']:6.1f} s"
    if event["event"] == "done":
        return f"  ✓  {event['task']:<44}{seconds}"
    first = str(event["error"]).partition("\n")[0]
    again = " (will be retried)" if event["event"] == "again" else ""
    return f"  ✗  {event['task']:<44}{seconds}{again}\n     {first}"


def _last_started(events: list[dict[str, Any]]) -> str:
    ended = {event["task"] for event in events if event["event"] in {"done", "failed"}}
    running = [event["task"] for event in events if event["task"] not in ended]
    return running[-1] if running else "an unknown task"


def _last_words(log_file: Path, code: int) -> str:
    """Return the last error that Airflow logged when it ended without reporting a failure."""
    lines = [line for line in log_file.read_text(errors="replace").splitlines() if line.strip()]
    telling = [line for line in lines if "rror" in line or "xception" in line]
    last = (telling or lines or ["nothing"])[-1]
    return f"Airflow ended with exit code {code}; last log line: {last.strip()[:500]}"
