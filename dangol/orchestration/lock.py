"""One run at a time in a home, and nothing left behind by one that was killed.

Two things together say who has the home:

* The *lock* is the kernel's: ``flock`` on the home folder itself, so there is no lock file to clean
  up, and a process that dies, however it dies, gives it back at once. A run in one process
  (``dangol run``, ``dangol night``) holds it from start to end; its children inherit it, so a child
  that outlives its parent keeps others out until it ends too.
* The *claim* is a small file, ``run.json``. Airflow's scheduler runs each task in a process of its
  own, and between two tasks nobody holds the lock: the claim covers these gaps. Its time stamp is
  renewed by every task, and after `LEASE` without a sign of life it no longer counts. A run of the
  same business day may take it over: the steps of a night are safe to run twice.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from dangol.faults import crash_point
from dangol.files import private_folder, write_whole
from dangol.night import Night
from dangol.settings import Settings

LEASE = timedelta(minutes=15)
"""How long the claim of a run between two tasks counts without a sign of life."""

PATIENCE = timedelta(seconds=30)
"""How long a task waits for the lock when the claim is its own run's: for another run that is just
being refused, or for the orphan of its own earlier try to die."""

CLAIM_VARIABLE = "DANGOL_RUN_CLAIM"
"""Tells the children of a run in one process that their parent holds the home for them."""


class RunRefused(RuntimeError):
    """Another run has the home; the message says which, since when, and what to do."""


@dataclass(frozen=True)
class Claim:
    """What ``run.json`` says.

    Parameters
    ----------
    run_id
        Of the run that has the home.
    business_date
        In ISO form; empty for work that is not a night, such as a roll-back.
    pid, host
        The process that wrote it.
    since
        When, as a UTC time in ISO form.
    token
        Known only to that run and its children.
    is_one_process
        Whether the lock is held for the whole run; then a free lock means a dead run.
    """

    run_id: str
    business_date: str
    pid: int
    host: str
    since: str
    token: str
    is_one_process: bool


@contextmanager
def hold_home(
    settings: Settings, run_id: str, business_date: date | None = None
) -> Iterator[tuple[int, dict[str, str]]]:
    """Hold a home for a whole run in this process.

    Parameters
    ----------
    settings
        Gives the home.
    run_id
        Shown to a run that is refused meanwhile.
    business_date
        The night, if it is one.

    Yields
    ------
    tuple of int and dict
        The descriptor that children inherit (``pass_fds``), and the variable for their environment.

    Raises
    ------
    RunRefused
        If another run has the home.
    """
    descriptor = _lock(settings, shared=False, patience=timedelta(0))
    try:
        claim = _take(settings, run_id, business_date, is_one_process=True)
        crash_point("lock.home_held")
        yield descriptor, {CLAIM_VARIABLE: claim.token}
        crash_point("lock.home_released")
        _claim_file(settings).unlink(missing_ok=True)
    except RunRefused:
        raise
    except BaseException:
        _claim_file(settings).unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)


def claim_night(settings: Settings, night: Night) -> None:
    """Claim a home for a night whose tasks run in processes of their own: the first task.

    Parameters
    ----------
    settings
        Gives the home.
    night
        The run.

    Raises
    ------
    RunRefused
        If another run has the home.
    """
    if _is_held_by_parent(settings):
        return
    descriptor = _lock(settings, shared=False, patience=_patience(settings, night))
    try:
        _take(settings, night.run_id, night.business_date, is_one_process=False)
        crash_point("lock.night_claimed")
    finally:
        os.close(descriptor)


@contextmanager
def hold_step(settings: Settings, night: Night, side_by_side: bool = False) -> Iterator[None]:
    """Hold a home for one task of a claimed night.

    Parameters
    ----------
    settings
        Gives the home.
    night
        The run.
    side_by_side
        Whether other tasks of the same night may hold it too.

    Yields
    ------
    None
        While the task works.

    Raises
    ------
    RunRefused
        If the night has not claimed the home, or lost it to another.
    """
    if _is_held_by_parent(settings):
        yield
        return
    descriptor = _lock(settings, shared=side_by_side, patience=_patience(settings, night))
    try:
        claim = read_claim(settings)
        if claim is None or not _is_of(claim, night.run_id, night.business_date):
            raise RunRefused(
                f"{night.run_id} for {night.business_date} no longer has {settings.home}: "
                f"{_who(claim) if claim else 'its claim has ended'}. Clear the run from its first "
                "task, so that it starts from what is there now."
            )
        _claim_file(settings).touch()
        crash_point("lock.step_held")
        yield
        crash_point("lock.step_done")
        _claim_file(settings).touch()
    finally:
        os.close(descriptor)


def release_night(settings: Settings, night: Night) -> None:
    """Give a home back: the last task of a night, whatever became of the others.

    Parameters
    ----------
    settings
        Gives the home.
    night
        The run. If the home has meanwhile gone to another, nothing happens.
    """
    claim = read_claim(settings)
    if claim is None or claim.run_id != night.run_id or _is_held_by_parent(settings):
        return
    crash_point("lock.night_ending")
    _claim_file(settings).unlink(missing_ok=True)
    crash_point("lock.night_released")


def read_claim(settings: Settings) -> Claim | None:
    """Return the claim on a home.

    Parameters
    ----------
    settings
        Gives the home.

    Returns
    -------
    Claim or None
        None if nobody claims it. It may be out of date: see `hold_home` for what counts.
    """
    try:
        return Claim(**json.loads(_claim_file(settings).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def _claim_file(settings: Settings) -> Path:
    return settings.home / "run.json"


def _lock(settings: Settings, shared: bool, patience: timedelta) -> int:
    """Lock the home folder, or raise `RunRefused` with the holder's name."""
    descriptor = os.open(private_folder(settings.home), os.O_RDONLY)
    deadline = time.monotonic() + patience.total_seconds()
    while True:
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() < deadline:
                time.sleep(0.1)
                continue
            os.close(descriptor)
            claim = read_claim(settings)
            raise _refusal(settings, _who(claim) if claim else "another run is starting") from None
        return descriptor


def _take(
    settings: Settings, run_id: str, business_date: date | None, is_one_process: bool
) -> Claim:
    """Write the claim; the caller has the lock, so a run in one process can't be alive."""
    there = read_claim(settings)
    if (
        there is not None
        and not there.is_one_process
        and not _is_of(there, run_id, business_date)
        and abs(time.time() - _claim_file(settings).stat().st_mtime) < LEASE.total_seconds()
    ):
        raise _refusal(settings, _who(there))
    claim = Claim(
        run_id=run_id,
        business_date=business_date.isoformat() if business_date else "",
        pid=os.getpid(),
        host=socket.gethostname(),
        since=datetime.now(UTC).isoformat(timespec="seconds"),
        token=uuid.uuid4().hex,
        is_one_process=is_one_process,
    )
    write_whole(_claim_file(settings), json.dumps(asdict(claim), indent=2).encode())
    return claim


def _is_of(claim: Claim, run_id: str, business_date: date | None) -> bool:
    same_day = business_date is not None and claim.business_date == business_date.isoformat()
    return claim.run_id == run_id or same_day


def _is_held_by_parent(settings: Settings) -> bool:
    token = os.environ.get(CLAIM_VARIABLE)
    claim = read_claim(settings) if token else None
    return claim is not None and claim.token == token


def _patience(settings: Settings, night: Night) -> timedelta:
    claim = read_claim(settings)
    is_ours = claim is not None and not claim.is_one_process and claim.run_id == night.run_id
    return PATIENCE if is_ours else timedelta(0)


def _who(claim: Claim) -> str:
    day = f" for the business date {claim.business_date}" if claim.business_date else ""
    return (
        f"{claim.run_id}{day} has had it since {claim.since} (process {claim.pid} on {claim.host})"
    )


def _refusal(settings: Settings, who: str) -> RunRefused:
    return RunRefused(
        f"{settings.home} is taken: {who}. Wait until it ends or stop it: a process frees the home "
        "as soon as it ends, a night between two Airflow tasks "
        f"{LEASE.seconds // 60} minutes after its last sign of life."
    )
