"""``run.json`` in a home: the run that owns it, or owned it last."""

from __future__ import annotations

import json
import os
import socket
import time
import uuid
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from dangol.errors import DangolError
from dangol.files import DAMAGE, write_whole
from dangol.settings import Settings


class ClaimError(DangolError):
    """``run.json`` is damaged, so it is unknown who owns the home."""


@dataclass(frozen=True)
class Claim:
    """The contents of ``run.json``.

    Parameters
    ----------
    run_id
        The run that owns the home, or owned it last.
    business_date
        In ISO form; empty for work that is not a night, such as a rollback.
    pid, host
        The process that wrote the claim.
    since
        UTC time in ISO form.
    token
        Known only to that run and its children.
    is_one_process
        Whether the run keeps the lock from start to end; then a free lock means a dead run.
    ended_at
        When the run released the home; empty until then.
    last_run_id, last_business_date
        Of the scheduler's run that had the home before, whatever else had it since; or empty.
    """

    run_id: str
    business_date: str
    pid: int
    host: str
    since: str
    token: str
    is_one_process: bool
    ended_at: str = ""
    last_run_id: str = ""
    last_business_date: str = ""

    @classmethod
    def of(cls, run_id: str, business_date: date | None, is_one_process: bool) -> Claim:
        """Return this process's claim for a run that begins now; it is not written yet."""
        return cls(
            run_id=run_id,
            business_date=business_date.isoformat() if business_date else "",
            pid=os.getpid(),
            host=socket.gethostname(),
            since=_now(),
            token=uuid.uuid4().hex,
            is_one_process=is_one_process,
        )

    def after(self, former: Claim | None) -> Claim:
        """Return this claim with the scheduler's run before it, which the former claim knows."""
        if former is None:
            return self
        last = (former.run_id, former.business_date)
        if former.is_one_process or former.run_id == self.run_id:
            last = (former.last_run_id, former.last_business_date)
        return replace(self, last_run_id=last[0], last_business_date=last[1])

    @property
    def who(self) -> str:
        """The run and its time, for a message to another run."""
        day = f" for the business date {self.business_date}" if self.business_date else ""
        time_span = (
            f"from {self.since} to {self.ended_at}" if self.ended_at else f"since {self.since}"
        )
        return f"{self.run_id}{day} {time_span} (process {self.pid} on {self.host})"

    def is_of(self, run_id: str, business_date: date | None) -> bool:
        """Return whether a run may use the claim: its own, or that of the same business day.

        Parameters
        ----------
        run_id, business_date
            Of the run that asks.

        Returns
        -------
        bool
            The steps of a night are safe to run twice, so a run of the same day may take over.
        """
        same_day = business_date is not None and self.business_date == business_date.isoformat()
        return self.run_id == run_id or same_day


def read_claim(settings: Settings) -> Claim | None:
    """Return the claim on a home.

    Returns
    -------
    Claim or None
        None if the home has never been used. The claim may have ended, or its run may be dead.

    Raises
    ------
    ClaimError
        If the file is damaged.
    """
    cause: Exception | None = None
    try:
        claim = Claim(**json.loads(_file(settings).read_bytes()))
        if _is_sound(claim):
            return claim
    except FileNotFoundError:
        return None
    except DAMAGE as error:
        cause = error
    raise ClaimError(
        f"{_file(settings)} is damaged, so it is unknown whether a run owns the home: see to it "
        "that none is at work, then delete the file"
    ) from cause


def _is_sound(claim: Claim) -> bool:
    texts = (claim.run_id, claim.business_date, claim.host, claim.since, claim.token,
             claim.ended_at, claim.last_run_id, claim.last_business_date)  # fmt: skip
    for day in (claim.business_date, claim.last_business_date):
        if day:
            date.fromisoformat(day)
    return (
        all(isinstance(text, str) for text in texts)
        and isinstance(claim.pid, int)
        and isinstance(claim.is_one_process, bool)
    )


def write_claim(settings: Settings, claim: Claim) -> None:
    """Replace the claim on a home; the caller must have the exclusive lock."""
    write_whole(_file(settings), json.dumps(asdict(claim), indent=2).encode())


def end_claim(settings: Settings, claim: Claim) -> None:
    """Record that a run has released the home; the caller must have the exclusive lock."""
    write_claim(settings, replace(claim, ended_at=_now()))


def renew_claim(settings: Settings) -> None:
    """Renew the claim's heartbeat; parallel tasks may do so at the same time."""
    _file(settings).touch()


def age_of_claim(settings: Settings) -> timedelta:
    """Return the time since the claim's last heartbeat; the home must have a claim.

    Returns
    -------
    timedelta
        Never negative: a clock that was set back must not keep a dead run's claim alive.
    """
    return timedelta(seconds=abs(time.time() - _file(settings).stat().st_mtime))


def _file(settings: Settings) -> Path:
    return settings.home / "run.json"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
