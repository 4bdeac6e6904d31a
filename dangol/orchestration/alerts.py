"""Tells people that a task failed: always in the log, by e-mail and Slack where configured.

An alert leaves the machine, so it carries no data: the task, the night, the class of the error, and
the first line of its message only where the message is one of ours, which quote no values; and even
that is cleaned of anything that looks like an address, a long number or a secret. An alert that
can't be sent is logged and never hides the failure that it is about.
"""

from __future__ import annotations

import json
import logging
import os
import re
import smtplib
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 10
"""A mail server that hangs must not hold up the night."""

OUR_PACKAGES = ("dangol.", "expectations.", "ml.")
_ADDRESS = re.compile(r"[^\s@<>]+@[^\s@<>]+")
_LONG_NUMBER = re.compile(r"\+?\d(?:[ ().-]?\d){6,}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_SECRET_NAME = re.compile(r"SECRET|PASSWORD|TOKEN|WEBHOOK|KEY|CONN", re.IGNORECASE)
_SHORTEST_SECRET = 5


class AlertSettingsError(ValueError):
    """The alerts are configured by halves; the message names the variable that is missing."""


@dataclass(frozen=True)
class Mail:
    """Where alerts go by e-mail, from ``DANGOL_SMTP_*``.

    Parameters
    ----------
    host, port
        The mail server.
    sender, recipients
        Addresses; several recipients are separated by commas.
    user, password
        Empty if the server asks for none.
    security
        ``starttls``, ``tls`` or ``none``.
    """

    host: str
    port: int
    sender: str
    recipients: str
    user: str = ""
    password: str = ""
    security: str = "starttls"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Mail | None:
        """Read the mail settings.

        Parameters
        ----------
        environment
            Usually ``os.environ``.

        Returns
        -------
        Mail or None
            None if ``DANGOL_SMTP_HOST`` is not set.

        Raises
        ------
        AlertSettingsError
            If it is set and something that it needs is not, or a password would go in the clear.
        """
        if not environment.get("DANGOL_SMTP_HOST"):
            return None
        for needed in ("DANGOL_SMTP_FROM", "DANGOL_SMTP_TO"):
            if not environment.get(needed):
                raise AlertSettingsError(f"DANGOL_SMTP_HOST is set and {needed} is not")
        mail = cls(
            host=environment["DANGOL_SMTP_HOST"],
            port=int(environment.get("DANGOL_SMTP_PORT", "587")),
            sender=environment["DANGOL_SMTP_FROM"],
            recipients=environment["DANGOL_SMTP_TO"],
            user=environment.get("DANGOL_SMTP_USER", ""),
            password=environment.get("DANGOL_SMTP_PASSWORD", ""),
            security=environment.get("DANGOL_SMTP_SECURITY", "starttls"),
        )
        if mail.security not in {"starttls", "tls", "none"}:
            raise AlertSettingsError(
                f"DANGOL_SMTP_SECURITY is {mail.security!r}; it takes starttls, tls or none"
            )
        if mail.password and mail.security == "none":
            raise AlertSettingsError(
                "DANGOL_SMTP_PASSWORD would be sent in the clear: set DANGOL_SMTP_SECURITY to "
                "starttls or tls"
            )
        return mail


@dataclass(frozen=True)
class Failure:
    """What an alert says.

    Parameters
    ----------
    dag, task, run, business_date
        Which task of which night.
    tries
        How often it was tried.
    reason
        Class of the error, and what it says where that is safe.
    log_url
        Where to look, in the Airflow UI.
    """

    dag: str
    task: str
    run: str
    business_date: str
    tries: int
    reason: str
    log_url: str

    @property
    def subject(self) -> str:
        """One line."""
        return f"[Dangol] {self.dag} failed at {self.task} ({self.business_date})"

    @property
    def text(self) -> str:
        """The whole message."""
        return (
            f"{self.subject}\n\n{self.reason}\n\nRun: {self.run}\nTries: {self.tries}\n"
            f"Log: {self.log_url}\n\nReaders have whole tables: last night's until tonight's are "
            f"published. What to do stands in the DAG's documentation, under *If it fails*.\n"
        )


def on_failure(context: Mapping[str, Any]) -> None:
    """Tell everyone who is to know that a task failed for good: Airflow's ``on_failure_callback``.

    Parameters
    ----------
    context
        Airflow's.
    """
    failure = failure_of(context, os.environ)
    log.error("%s: %s (run %s)", failure.subject, failure.reason, failure.run)
    send(failure, os.environ)


def send(failure: Failure, environment: Mapping[str, str]) -> None:
    """Send an alert over every configured way; one that fails does not stop the other.

    Parameters
    ----------
    failure
        What to say.
    environment
        Usually ``os.environ``.
    """
    try:
        if mail := Mail.from_environment(environment):
            _send_mail(failure, mail)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        log.error("the alert could not be sent by e-mail: %s", _clean(str(error), environment))
    try:
        if webhook := environment.get("DANGOL_SLACK_WEBHOOK"):
            _post_to_slack(failure, webhook)
    except (OSError, ValueError) as error:
        log.error("the alert could not be sent to Slack: %s", _clean(str(error), environment))


def failure_of(context: Mapping[str, Any], environment: Mapping[str, str]) -> Failure:
    """Return what may be said of a failed task.

    Parameters
    ----------
    context
        Airflow's, as a callback gets it.
    environment
        The values of its secrets are taken out of the message.

    Returns
    -------
    Failure
        Without data and secrets.
    """
    task = context["ti"]
    params = context.get("params") or {}
    return Failure(
        dag=task.dag_id,
        task=task.task_id,
        run=task.run_id,
        business_date=str(
            context.get("business_date") or params.get("business_date") or "the last business day"
        ),
        tries=task.try_number,
        reason=_reason(context.get("exception"), environment),
        log_url=getattr(task, "log_url", ""),
    )


def _reason(error: object, environment: Mapping[str, str]) -> str:
    while isinstance(error, BaseException):
        if f"{type(error).__module__}.".startswith(OUR_PACKAGES):
            first_line = str(error).partition("\n")[0]
            return f"{type(error).__name__}: {_clean(first_line, environment)}"
        if error.__cause__ is None:
            return type(error).__name__
        error = error.__cause__
    return "the task's process ended without saying why"


def _clean(text: str, environment: Mapping[str, str]) -> str:
    for name, secret in environment.items():
        if _SECRET_NAME.search(name) and len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, "***")
    text = _ADDRESS.sub("***", text)
    return _LONG_NUMBER.sub(lambda found: found[0] if _DATE.fullmatch(found[0]) else "***", text)


def _send_mail(failure: Failure, mail: Mail) -> None:
    message = EmailMessage()
    message["Subject"] = failure.subject
    message["From"] = mail.sender
    message["To"] = mail.recipients
    message.set_content(failure.text)
    trust = ssl.create_default_context()
    connect = (
        smtplib.SMTP_SSL(mail.host, mail.port, timeout=TIMEOUT_SECONDS, context=trust)
        if mail.security == "tls"
        else smtplib.SMTP(mail.host, mail.port, timeout=TIMEOUT_SECONDS)
    )
    with connect as server:
        if mail.security == "starttls":
            server.starttls(context=trust)
        if mail.user:
            server.login(mail.user, mail.password)
        server.send_message(message)


def _post_to_slack(failure: Failure, webhook: str) -> None:
    address = urlsplit(webhook)
    is_local = address.hostname in {"127.0.0.1", "localhost", "::1"}
    if address.scheme != "https" and not (address.scheme == "http" and is_local):
        raise AlertSettingsError("DANGOL_SLACK_WEBHOOK must be an https:// address")
    request = urllib.request.Request(  # noqa: S310 - the scheme is checked above
        webhook,
        data=json.dumps({"text": failure.text}).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - as above
            answer.read()
    except urllib.error.URLError as error:
        # its text may quote the address, which is a secret
        raise OSError(f"{type(error).__name__} {getattr(error, 'code', '')}".strip()) from None
