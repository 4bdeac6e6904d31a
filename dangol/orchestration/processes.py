"""Starts Airflow's commands as child processes that don't outlive us; prepares its database."""

from __future__ import annotations

import ctypes
import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from dangol.errors import DangolError
from dangol.files import DAMAGE, private_folder, write_whole
from dangol.orchestration import rules
from dangol.orchestration.environment import passwords_file
from dangol.settings import PROJECT_ROOT, Settings

_PR_SET_PDEATHSIG = 1


class AirflowStartError(DangolError):
    """An Airflow command failed before any task ran; the message names its log."""


def start(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    log_file: Path,
    pass_fds: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start an Airflow command.

    Parameters
    ----------
    arguments
        After ``airflow``.
    environment
        From `dangol.orchestration.environment.airflow_environment`.
    log_file
        Its output is appended here.
    pass_fds
        Descriptors that it inherits.

    Returns
    -------
    subprocess.Popen
        On Linux it is killed when this process dies for any reason.
    """
    private_folder(log_file.parent)
    descriptor = os.open(log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        return subprocess.Popen(  # noqa: S603 - our own commands, as a list
            [sys.executable, "-m", "airflow", *arguments],
            cwd=PROJECT_ROOT,
            env={**environment, "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=subprocess.STDOUT,
            pass_fds=pass_fds,
            umask=0o077,
            preexec_fn=die_with_parent,
        )
    finally:
        os.close(descriptor)


def stop(processes: Sequence[subprocess.Popen[bytes]], patience_seconds: float = 20) -> None:
    """Terminate processes, all at the same time, and kill those that do not end.

    Parameters
    ----------
    processes
        That `start` returned; they may have ended already.
    patience_seconds
        For each of them, before it is killed.
    """
    for process in processes:
        if process.poll() is None:
            process.terminate()
    for process in processes:
        try:
            process.wait(patience_seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def prepare_airflow(settings: Settings, environment: Mapping[str, str], log_file: Path) -> bool:
    """Create or migrate Airflow's database if needed.

    Losing that database loses Airflow's history and nothing else: everything in it is recreated
    here.

    Returns
    -------
    bool
        Whether there was anything to do.

    Raises
    ------
    AirflowStartError
        If a command fails.
    """
    marker = settings.airflow_home / "prepared.json"
    connection = environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]
    prepared = {"airflow": version("apache-airflow-core"), "pool": rules.BUILD_POOL}
    is_local = connection.startswith("sqlite:///")
    is_there = not is_local or Path(connection.removeprefix("sqlite:///")).exists()
    if is_there and is_local and _content(marker) == prepared:
        return False
    for arguments in PREPARATION:
        process = start(arguments, environment, log_file)
        try:
            code = process.wait()
        finally:
            stop([process])
        if code:
            raise AirflowStartError(f"`airflow {' '.join(arguments)}` failed: see {log_file}")
    write_whole(marker, json.dumps(prepared).encode())
    return True


def _content(marker: Path) -> Any:
    """Return what a small file contains; None if it is missing or damaged."""
    try:
        return json.loads(marker.read_bytes())
    except (FileNotFoundError, *DAMAGE):
        return None


PREPARATION = (
    ("db", "migrate"),
    ("pools", "set", rules.BUILD_POOL, "1", rules.BUILD_POOL_DESCRIPTION),
)
"""The commands that make an empty database ready; ``docker-compose.yml`` runs them too."""


def prepare_password(settings: Settings) -> Path:
    """Create the password of the local login, so that Airflow does not print one into its log.

    Returns
    -------
    Path
        The file that contains it, readable only by the pipeline's user.
    """
    file = passwords_file(settings)
    if not file.exists():
        write_whole(file, json.dumps({"admin": secrets.token_urlsafe(16)}).encode())
    return file


def die_with_parent() -> None:
    """Have this process killed when its parent dies for any reason (on Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
