"""Runs Airflow's services and its UI on this machine, for this home: what ``make up`` starts.

It does what ``airflow standalone`` does, but on the loopback interface only (Airflow's log servers
listen on every interface, so they stay off: the UI reads the log files), with a log per service,
and leaves nothing running when it ends.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from types import FrameType

from dangol.files import private_folder
from dangol.orchestration.environment import airflow_environment, refuse_open_house
from dangol.orchestration.processes import (
    AirflowStartError,
    prepare_airflow,
    prepare_password,
    start,
    stop,
)
from dangol.settings import Settings

SERVICES: dict[str, tuple[str, ...]] = {
    "api-server": ("api-server",),
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
}
"""Airflow's services and their commands; ``docker-compose.yml`` runs the same."""

WAIT_SECONDS = 600
"""How long a start may take: a minute on an idle laptop, several on a busy machine."""

TELL_EVERY = 15
"""Seconds after which someone who waits hears what is awaited."""

PARTS = {
    "metadatabase": "database", "scheduler": "scheduler", "dag_processor": "dag-processor",
    "triggerer": "triggerer",
}  # fmt: skip
"""What Airflow's answer about its health calls them, and what we do."""


def standalone(
    settings: Settings, show: Callable[[str], None], port: int = 8080, wait: int = WAIT_SECONDS
) -> None:
    """Run Airflow until it is interrupted.

    Parameters
    ----------
    show
        Gets the lines for the terminal: each part as it starts, and as it is up.
    port
        Of the UI.
    wait
        Seconds that the start may take.

    Raises
    ------
    AirflowStartError
        If the port can't be opened, or a service does not start or ends by itself.
    """
    os.umask(0o077)
    environment = airflow_environment(settings, os.environ, port)
    refuse_open_house(environment)
    _refuse_taken_port(port)
    logs = private_folder(settings.home / "logs")
    passwords = prepare_password(settings)
    show(f"Airflow for {settings.home}, which may take a minute or two the first time")
    show("  …  database")
    is_new = prepare_airflow(settings, environment, logs / "airflow-prepare.log")
    show(f"  ✓  database{', just made' if is_new else ''}")
    with _interruptible():
        processes = {}
        try:
            for name, arguments in SERVICES.items():
                show(f"  …  {name}")
                log = logs / f"airflow-{name}.log"
                processes[name] = start(arguments, environment, log)
            started = time.monotonic()
            _await(processes, show, port, wait, logs)
            show(f"Airflow is at http://127.0.0.1:{port} (after {_since(started):.0f} s)")
            show(f"The user is admin; the password is in {passwords}")
            show(f"Logs: {logs}/airflow-*.log. Stop with Ctrl-C.")
            while True:
                _refuse_ended(processes, logs)
                time.sleep(1)
        except KeyboardInterrupt:
            show("Stopping Airflow")
        finally:
            stop(list(processes.values()))


def _await(
    processes: Mapping[str, subprocess.Popen[bytes]],
    show: Callable[[str], None],
    port: int,
    wait: int,
    logs: Path,
) -> None:
    """Wait until everything answers; say what does, and from time to time what does not."""
    started = told = time.monotonic()
    up: set[str] = set()
    while True:
        _refuse_ended(processes, logs)
        healthy = health(port)
        for name in (each for each in ["api-server", *PARTS.values()] if each in healthy - up):
            if name != "database":
                show(f"  ✓  {name} is up, {_since(started):.0f} s")
        up |= healthy
        # without the server nothing is known of the others
        missing = sorted(set(PARTS.values()) - up) if "api-server" in up else ["api-server"]
        if not missing:
            return
        if _since(started) > wait:
            raise AirflowStartError(
                f"Airflow's {' and '.join(missing)} did not answer within {wait} s: see "
                f"{logs}/airflow-*.log, or wait longer with --wait"
            )
        if _since(told) > TELL_EVERY:
            show(f"     waiting for {' and '.join(missing)}, {_since(started):.0f} s of {wait} s")
            told = time.monotonic()
        time.sleep(1)


def _refuse_ended(processes: Mapping[str, subprocess.Popen[bytes]], logs: Path) -> None:
    for name, process in processes.items():
        if process.poll() is not None:
            raise AirflowStartError(f"Airflow's {name} ended: see {logs / f'airflow-{name}.log'}")


def _since(moment: float) -> float:
    return time.monotonic() - moment


def health(port: int) -> set[str]:
    """Return which parts of Airflow are up: what answers, and what has a heartbeat."""
    try:
        with urllib.request.urlopen(
            f"http://127.0.0.1:{port}/api/v2/monitor/health", timeout=5
        ) as response:
            told = json.load(response)
    except (urllib.error.URLError, HTTPException, OSError, ValueError):
        return set()
    healthy = {
        name for part, name in PARTS.items() if told.get(part, {}).get("status") == "healthy"
    }
    return {"api-server"} | healthy


def _refuse_taken_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise AirflowStartError(
                f"port {port} of 127.0.0.1 can't be opened ({error.strerror}); choose another with "
                "--port"
            ) from error


@contextmanager
def _interruptible() -> Iterator[None]:
    """Make SIGTERM end us as Ctrl-C does, so that the services are stopped too."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
