"""Measures what Airflow itself costs: reading the DAG files, and running a night of empty steps.

``python -m benchmarks.airflow_overhead``, on a quiet machine. The night runs on a real
LocalExecutor (``airflow dags test`` would hide most of the cost of a task), in a temporary home.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.measure import ProgramFailedError, run
from benchmarks.needs import need_modules
from benchmarks.workspace import workspace
from dangol.orchestration.environment import passwords_file
from dangol.settings import PROJECT_ROOT, Settings


class NightFailedError(RuntimeError):
    """A task of a night failed."""


STUB = PROJECT_ROOT / "tests" / "orchestration" / "stub"
NIGHTS = 3
PARSE = """
import sys, time
sys.path[:0] = sys.argv[1:]
started = time.perf_counter()
import airflow.sdk
imported = time.perf_counter()
import nightly, backfill
print(imported - started, time.perf_counter() - imported)
"""
UP = """
import sys
from dangol.orchestration.standalone import standalone
from dangol.settings import get_settings
standalone(get_settings(), lambda line: print(line, flush=True), int(sys.argv[1]))
"""


def main() -> None:
    """Measure both and print a table."""
    need_modules("airflow")
    for name in [name for name in os.environ if name.startswith("AIRFLOW")]:
        del os.environ[name]
    with workspace() as folder:
        home = {"PYTHONPATH": f"{STUB}:{PROJECT_ROOT}", "DANGOL_HOME": str(folder / "home")}
        parses = [parse(home | {"AIRFLOW_HOME": str(folder / "parse")}, folder) for _ in range(5)]
        print("| what | seconds |")
        print("|---|---|")
        imports, files = (statistics.median(seconds) for seconds in zip(*parses, strict=True))
        print(f"| `import airflow.sdk`, cold process | {imports:.2f} |")
        print(f"| read both DAG files after it | {files:.2f} |")
        for name, seconds in nights(home, folder / "airflow.log").items():
            print(f"| {name} | {seconds:.2f} |")


def parse(environment: dict[str, str], folder: Path) -> tuple[float, float]:
    """Time the imports of a cold process: Airflow's, then the DAG files'."""
    log = folder / "parse.log"
    run([sys.executable, "-c", PARSE, str(PROJECT_ROOT / "dags")], environment, log)
    first, second = log.read_text().splitlines()[-1].split()
    return float(first), float(second)


def nights(environment: dict[str, str], log_file: Path) -> dict[str, float]:
    """Run nights of empty steps on the LocalExecutor; medians."""
    settings = Settings.from_environment(environment)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with log_file.open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", UP, str(port)],
            env=os.environ | environment,
            stdout=log,
            stderr=log,
        )
    try:
        while "\nLogs:" not in log_file.read_text():  # the last line of a start
            if process.poll() is not None:
                raise ProgramFailedError("Airflow did not start", log_file)
            time.sleep(0.1)
        password = json.loads(passwords_file(settings).read_text())["admin"]
        address = f"http://127.0.0.1:{port}"
        token = call(f"{address}/auth/token", {"username": "admin", "password": password})
        runs = [night(address, token["access_token"]) for _ in range(NIGHTS)]
    except (OSError, NightFailedError) as error:
        scheduler = settings.home / "logs" / "airflow-scheduler.log"
        raise ProgramFailedError(str(error), scheduler) from error
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    count = runs[0][2]
    return {
        "from the trigger to the start of the first task": statistics.median(r[0] for r in runs),
        f"a night of {count} empty tasks": statistics.median(r[1] for r in runs),
        "... per task": statistics.median(r[1] for r in runs) / count,
    }


def night(address: str, token: str) -> tuple[float, float, int]:
    """Run one night; return seconds to its first task, its duration and its number of tasks."""
    dag = f"{address}/api/v2/dags/nightly/dagRuns"
    run = call(dag, {"logical_date": None, "conf": {"business_date": "2017-12-31"}}, token)
    while run["state"] not in {"success", "failed"}:
        time.sleep(0.5)
        run = call(f"{dag}/{run['dag_run_id']}", None, token)
    tasks = call(f"{dag}/{run['dag_run_id']}/taskInstances?limit=100", None, token)
    started = min(datetime.fromisoformat(task["start_date"]) for task in tasks["task_instances"])
    first = (started - datetime.fromisoformat(run["run_after"])).total_seconds()
    if run["state"] == "failed":
        raise NightFailedError("a night of empty steps failed")
    return first, float(run["duration"]), tasks["total_entries"]


def call(address: str, body: object = None, token: str = "") -> dict[str, Any]:
    """Call Airflow's API."""
    request = urllib.request.Request(  # noqa: S310 - our own server
        address,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - as above
        return dict(json.load(answer))


if __name__ == "__main__":
    main()
