"""What an alert may say: nothing from the data, and nothing secret.

Of an error of ours the first line is quoted, since it quotes no values; of any other only its
class. Even so, the text is cleaned of anything that looks like an address, a long number or a
secret.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from dangol.errors import DangolError
from dangol.orchestration import scheduler_log
from dangol.personal_shapes import hide_personal

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_SECRET_NAME = re.compile(
    r"SECRET|PASSWORD|TOKEN|WEBHOOK|KEY|AIRFLOW_CONN_|_CONN$|CONNECTION_STRING", re.IGNORECASE
)
_SHORTEST_SECRET = 5
_PARTS = re.compile(r"[/:?&=@\s]+")


@dataclass(frozen=True)
class Links:
    """Where to look, in the Airflow UI; each empty if it is unknown."""

    log: str = ""
    run: str = ""
    page: str = ""


@dataclass(frozen=True)
class Failure:
    """The contents of an alert about a task that failed for good.

    Parameters
    ----------
    tries
        How often the task was tried.
    reason
        Class of the error, and its message where that is safe.
    log_url
        In the Airflow UI.
    details
        Sentences: the expectations that failed, with system, file and owner.
    run_url, page_url
        Of the run, and of the night's page.
    is_told
        Whether the run's own cause has been alerted already.
    """

    dag: str
    task: str
    run: str
    business_date: str
    tries: int
    reason: str
    log_url: str
    details: Sequence[str] = ()
    run_url: str = ""
    page_url: str = ""
    is_told: bool = False

    @property
    def subject(self) -> str:
        """The subject line."""
        return f"[Dangol] {self.dag} failed at {self.task} ({self.business_date})"

    @property
    def text(self) -> str:
        """The whole message."""
        return (
            f"{_opening(self.subject, self.reason, self.details)}Run: {self.run}\n"
            f"Tries: {self.tries}\n{_links(Links(self.log_url, self.run_url, self.page_url))}\n"
            "Readers have complete tables: last night's until tonight's are published. "
            "What to do: see *If it fails* in the DAG's documentation.\n"
        )


@dataclass(frozen=True)
class Notice:
    """The contents of an alert that no failed task stands for.

    Parameters
    ----------
    what
        In a few words, for the subject.
    reason
        A sentence.
    details
        As of a `Failure`.
    """

    what: str
    business_date: str
    run: str
    reason: str
    details: Sequence[str] = ()
    links: Links = Links()

    @property
    def subject(self) -> str:
        """The subject line."""
        return f"[Dangol] {self.what} ({self.business_date})"

    @property
    def text(self) -> str:
        """The whole message."""
        opening = _opening(self.subject, self.reason, self.details)
        return f"{opening}Run: {self.run}\n{_links(self.links)}"


def _opening(subject: str, reason: str, details: Sequence[str]) -> str:
    listed = "".join(f"- {detail}\n" for detail in details)
    return f"{subject}\n\n{reason}\n{listed}\n"


def _links(links: Links) -> str:
    named = (("Log", links.log), ("Run page", links.run), ("Night's page", links.page))
    return "".join(f"{name}: {address}\n" for name, address in named if address)


def links_of(base_url: str, dag: str, run: str, business_date: str, log: str = "") -> Links:
    """Return the addresses of a run and of its night's page.

    Parameters
    ----------
    base_url
        Of the Airflow UI; without it there are no links.
    business_date
        In ISO form; anything else has no page.

    Returns
    -------
    Links
        To be shown in an alert.
    """
    base = base_url.rstrip("/")
    if not base:
        return Links(log)
    has_page = dag == "nightly" and _DAY.fullmatch(business_date) is not None
    return Links(
        log=log,
        run=f"{base}/dags/{quote(dag)}/runs/{quote(run, safe='')}",
        page=f"{base}/nights/{business_date}.html" if has_page else "",
    )


def failure_of(context: Mapping[str, Any], environment: Mapping[str, str]) -> Failure:
    """Return what may be said about a failed task.

    Parameters
    ----------
    context
        Airflow's, as a callback gets it.
    environment
        The values of its secrets are removed from the message.

    Returns
    -------
    Failure
        Without data and secrets.
    """
    task = context["ti"]
    error = _ours(context.get("exception"))
    day, log = business_date_of(context), getattr(task, "log_url", "")
    links = links_of(environment.get("AIRFLOW__API__BASE_URL", ""), task.dag_id, task.run_id, day)
    return Failure(
        dag=task.dag_id,
        task=task.task_id,
        run=task.run_id,
        business_date=day or "the last business day",
        tries=task.try_number,
        reason=_reason(context, environment),
        log_url=log,
        details=[clean(line, environment) for line in getattr(error, "for_alert", ())],
        run_url=links.run,
        page_url=links.page,
        is_told=bool(getattr(error, "is_alerted", False)),
    )


def business_date_of(context: Mapping[str, Any]) -> str:
    """Return the business date of a task's run in ISO form; empty if it is not known."""
    params = context.get("params") or {}
    run = context.get("dag_run")
    return str(
        context.get("business_date")
        or params.get("business_date")
        or getattr(run, "partition_key", None)
        or ""
    )


def _reason(context: Mapping[str, Any], environment: Mapping[str, str]) -> str:
    error = context.get("exception")
    ours = _ours(error)
    if ours is not None:
        return f"{type(ours).__name__}: {clean(str(ours).partition(chr(10))[0], environment)}"
    if isinstance(error, BaseException):
        while error.__cause__ is not None:
            error = error.__cause__
        return type(error).__name__
    return _of_the_supervisor(context["ti"], environment)


def _ours(error: object) -> DangolError | None:
    while isinstance(error, BaseException):
        if isinstance(error, DangolError):
            return error
        error = error.__cause__
    return None


def _of_the_supervisor(task: Any, environment: Mapping[str, str]) -> str:
    """Say why a task ended without an error of its own: only its supervisor knows."""
    ended = "the task's process ended without an error message"
    home = environment.get("DANGOL_HOME")
    elsewhere = f"{ended}; its supervisor's log may have one: `docker compose logs scheduler`"
    if not home:
        return elsewhere
    log = scheduler_log.file_of(home)
    try:
        found = scheduler_log.error_in(log, task.dag_id, task.task_id, task.run_id)
    except OSError:  # an alert without a detail is better than none
        return elsewhere
    return f"{ended}; its supervisor's log names {found or 'none'}: {log}"


def clean(text: str, environment: Mapping[str, str]) -> str:
    """Remove from a text what looks like a secret, an address or a number of a person.

    Parameters
    ----------
    environment
        The values of variables that are secrets by name, and their parts, are removed.

    Returns
    -------
    str
        With ``***`` in their place.
    """
    secrets = [
        secret
        for name, secret in environment.items()
        if _SECRET_NAME.search(name) and len(secret) >= _SHORTEST_SECRET
    ]
    parts = {
        part
        for secret in secrets
        if secret.lower().startswith(("https://", "http://"))  # the path of a webhook is the secret
        for part in _PARTS.split(secret.partition("://")[2])[1:]
        if len(part) >= _SHORTEST_SECRET
    }
    for secret in [*secrets, *sorted(parts, key=len, reverse=True)]:
        text = text.replace(secret, "***")
    return hide_personal(text)
