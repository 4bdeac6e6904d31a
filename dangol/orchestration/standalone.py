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
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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

START_SECONDS = 120


def standalone(settings: Settings, show: Callable[[str], None], port: int = 8080) -> None:
    """Run Airflow until it is interrupted.

    Parameters
    ----------
    show
        Gets the lines for the terminal.
    port
        Of the UI.

    Raises
    ------
    AirflowStartError
        If the port is in use, or a service does not start or ends by itself.
    """
    os.umask(0o077)
    environment = airflow_environment(settings, os.environ, port)
    refuse_open_house(environment)
    _refuse_taken_port(port)
    logs = private_folder(settings.home / "logs")
    passwords = prepare_password(settings)
    if prepare_airflow(settings, environment, logs / "airflow-prepare.log"):
        show("Airflow's database is ready")
    with _interruptible():
        processes = {
            name: start(arguments, environment, logs / f"airflow-{name}.log")
            for name, arguments in SERVICES.items()
        }
        try:
            deadline = time.monotonic() + START_SECONDS
            is_up = False
            while True:
                for name, process in processes.items():
                    if process.poll() is not None:
                        raise AirflowStartError(
                            f"Airflow's {name} ended: see {logs / f'airflow-{name}.log'}"
                        )
                if not is_up and (is_up := is_healthy(port)):
                    show(f"Airflow is at http://127.0.0.1:{port}")
                    show(f"The user is admin; the password is in {passwords}")
                    show(f"Logs: {logs}/airflow-*.log. Stop with Ctrl-C.")
                if not is_up and time.monotonic() > deadline:
                    raise AirflowStartError(
                        f"Airflow was not up after {START_SECONDS} s: see {logs}/airflow-*.log"
                    )
                time.sleep(1)
        except KeyboardInterrupt:
            show("Stopping Airflow")
        finally:
            stop(list(processes.values()))


def is_healthy(port: int) -> bool:
    """Return whether the UI answers and scheduler and DAG processor have a heartbeat."""
    try:
        with urllib.request.urlopen(
            f"http://127.0.0.1:{port}/api/v2/monitor/health", timeout=5
        ) as answer:
            health = json.load(answer)
    except (urllib.error.URLError, OSError, ValueError):
        return False
    return all(
        health.get(part, {}).get("status") == "healthy"
        for part in ("metadatabase", "scheduler", "dag_processor")
    )


def _refuse_taken_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise AirflowStartError(
                f"port {port} of 127.0.0.1 is in use ({error}); choose another with --port"
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
