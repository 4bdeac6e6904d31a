"""One run at a time in a home, and nothing in the way after one that was killed.

Two things together decide who owns the home:

* The *lock* is the kernel's: ``flock`` on the home folder itself. There is no lock file to clean
  up, and a process that dies for any reason releases it at once. A run in one process (``dangol
  run``, ``dangol night``) keeps it from start to end. Its children inherit it, so a child that
  outlives its parent keeps others out until it ends too.
* The *claim* is a file, ``run.json``. Airflow's scheduler runs each task in a separate process, and
  the lock is free between two tasks: the claim covers these gaps. Each task renews its time stamp,
  and after `LEASE` without a heartbeat it expires. A run of the same business day may take it over:
  the steps of a night are safe to run twice.

The claim of a run that has ended stays, and says who was here last. So when tasks of a night are
cleared in Airflow, they continue if no other run has used the home since, and are refused
otherwise.
"""

from __future__ import annotations

import fcntl
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

from dangol.errors import DangolError
from dangol.faults import crash_point
from dangol.home import open_home
from dangol.night import Night
from dangol.nightly.claim import (
    Claim,
    age_of_claim,
    end_claim,
    read_claim,
    renew_claim,
    write_claim,
)
from dangol.settings import Settings

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=15)
"""How long a run between two tasks keeps its claim without a heartbeat."""

PATIENCE = timedelta(seconds=30)
"""How long a task of the run with the claim waits for the lock: for another run that is about to be
refused, or for an orphaned process of its earlier try to end."""

CLAIM_VARIABLE = "DANGOL_RUN_CLAIM"
"""Set for the children of a run in one process, whose parent has the lock for them."""


class RunRefused(DangolError):
    """Another run owns the home; the message says which, since when, and what to do."""


@contextmanager
def hold_home(
    settings: Settings, run_id: str, business_date: date | None = None
) -> Iterator[tuple[int, dict[str, str]]]:
    """Lock a home for a whole run in this process.

    Parameters
    ----------
    run_id
        Shown to runs that are refused meanwhile.
    business_date
        None if the run is not a night.

    Yields
    ------
    tuple of int and dict
        The descriptor that children must inherit (``pass_fds``), and the variable for their
        environment.

    Raises
    ------
    RunRefused
        If another run owns the home.
    """
    with _locked(settings, shared=False, patience=timedelta(0)) as descriptor:
        claim = _take(settings, run_id, business_date, is_one_process=True)
        crash_point("lock.home_held")
        try:
            yield descriptor, {CLAIM_VARIABLE: claim.token}
        finally:
            crash_point("lock.home_ending")
            _try_to_end(settings, claim)


def _try_to_end(settings: Settings, claim: Claim) -> None:
    """Record that a run has ended; if the disk is full or broken, the run's result still counts."""
    try:
        end_claim(settings, claim)
    except OSError as error:
        minutes = LEASE.seconds // 60
        log.warning(
            "%s can't be told that this run has ended (%s): the next one starts %s",
            settings.home / "run.json", error.strerror or error,
            "all the same" if claim.is_one_process else f"at the latest in {minutes} minutes",
        )  # fmt: skip


def claim_night(settings: Settings, night: Night) -> None:
    """Claim a home for a night whose tasks run in separate processes: the first task.

    Raises
    ------
    RunRefused
        If another run owns the home.
    """
    if _is_held_by_parent(settings):
        return
    with _locked(settings, shared=False, patience=_patience(settings, night)):
        _take(settings, night.run_id, night.business_date, is_one_process=False)
        crash_point("lock.night_claimed")


@contextmanager
def hold_step(settings: Settings, night: Night, side_by_side: bool = False) -> Iterator[None]:
    """Lock a home for one task of a claimed night.

    Parameters
    ----------
    side_by_side
        Whether other tasks of the same night may share the lock.

    Yields
    ------
    None
        While the task runs.

    Raises
    ------
    RunRefused
        If another run has used the home since the night claimed it.
    """
    if _is_held_by_parent(settings):
        yield
        return
    with _locked(settings, shared=side_by_side, patience=_patience(settings, night)):
        claim = read_claim(settings)
        if claim is None or not claim.is_of(night.run_id, night.business_date):
            raise RunRefused(
                f"{night.run_id} for {night.business_date} no longer owns {settings.home}; last "
                f"owner: {claim.who if claim else 'none'}. Clear the run from its first task, so "
                "that it starts from the current state."
            )
        renew_claim(settings)
        crash_point("lock.step_held")
        yield
        crash_point("lock.step_done")
        renew_claim(settings)


def is_owned_by(settings: Settings, night: Night) -> bool:
    """Return whether a night, or another run of its business day, was the last in a home."""
    claim = read_claim(settings)
    return claim is not None and claim.is_of(night.run_id, night.business_date)


def release_night(settings: Settings, night: Night) -> None:
    """Release a home: the last task of a night, whatever the outcome of the others.

    If another run has claimed the home meanwhile, nothing happens.
    """
    claim = read_claim(settings)
    if claim is None or claim.run_id != night.run_id or _is_held_by_parent(settings):
        return
    with _locked(settings, shared=False, patience=PATIENCE):
        claim = read_claim(settings)
        if claim is not None and claim.run_id == night.run_id:
            crash_point("lock.night_ending")
            _try_to_end(settings, claim)


@contextmanager
def _locked(settings: Settings, shared: bool, patience: timedelta) -> Iterator[int]:
    """Lock the home folder, or raise `RunRefused` with the owner's name."""
    descriptor = open_home(settings)
    deadline = time.monotonic() + patience.total_seconds()
    try:
        while True:
            try:
                fcntl.flock(
                    descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB
                )
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    claim = read_claim(settings)
                    who = claim.who if claim and not claim.ended_at else "a run that is starting"
                    raise _refusal(settings, who) from None
                time.sleep(0.1)
        yield descriptor
    finally:
        # children that inherited it keep the lock
        os.close(descriptor)


def _take(
    settings: Settings, run_id: str, business_date: date | None, is_one_process: bool
) -> Claim:
    """Write the claim; the caller has the lock, so no run in one process can be alive."""
    there = read_claim(settings)
    if (
        there is not None
        and not there.ended_at
        and not there.is_one_process
        and not there.is_of(run_id, business_date)
        and age_of_claim(settings) < LEASE
    ):
        raise _refusal(settings, there.who)
    claim = Claim.of(run_id, business_date, is_one_process).after(there)
    write_claim(settings, claim)
    return claim


def _is_held_by_parent(settings: Settings) -> bool:
    token = os.environ.get(CLAIM_VARIABLE)
    claim = read_claim(settings) if token else None
    return claim is not None and claim.token == token


def _patience(settings: Settings, night: Night) -> timedelta:
    claim = read_claim(settings)
    is_ours = claim is not None and not claim.is_one_process and claim.run_id == night.run_id
    return PATIENCE if is_ours else timedelta(0)


def _refusal(settings: Settings, who: str) -> RunRefused:
    return RunRefused(
        f"{settings.home} is locked by {who}. Wait until it ends, or stop it: a process releases "
        "the home when it ends, a night between two Airflow tasks "
        f"{LEASE.seconds // 60} minutes after its last heartbeat."
    )
