"""Alerts about a failed task: always in the log, by e-mail and to Slack if configured.

An alert leaves the machine, so it carries no data: only the task, the night and the class of the
error, and the first line of its message if the error is one of ours, which quote no values. Even
that line is cleaned of anything that looks like an address, a long number or a secret. An alert
that can't be sent is logged and never hides the failure that it is about.

Airflow's notifiers send it. They get their connection from ``DANGOL_SMTP_*`` and
``DANGOL_SLACK_WEBHOOK`` (listed in docs/setup.md) instead of from Airflow's database.
"""

from __future__ import annotations

import json
import logging
import os
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from dangol.errors import DangolError

if TYPE_CHECKING:
    from airflow.sdk import BaseNotifier, Connection

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 10
"""A mail server that hangs must not delay the night."""

MAIL_SETTINGS = ("HOST", "PORT", "FROM", "TO", "USER", "PASSWORD", "SECURITY")
"""Each a variable ``DANGOL_SMTP_…``."""

_ADDRESS = re.compile(r"[^\s@<>]+@[^\s@<>]+")
_LONG_NUMBER = re.compile(r"\+?\d(?:[ ().-]?\d){6,}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_SECRET_NAME = re.compile(r"SECRET|PASSWORD|TOKEN|WEBHOOK|KEY|CONN", re.IGNORECASE)
_SHORTEST_SECRET = 5
_LONGEST_REASON = 200
_SAFE_WEBHOOK = re.compile(
    r"https://[!-~]+|http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(/[!-~]*)?", re.IGNORECASE
)
_GO_TOGETHER = (
    ("HOST", "FROM"), ("HOST", "TO"), ("FROM", "HOST"), ("TO", "HOST"), ("USER", "HOST"),
    ("USER", "PASSWORD"), ("PASSWORD", "USER"),
)  # fmt: skip


class AlertSettingsError(DangolError):
    """The alert settings are incomplete or wrong; the message names the variable."""


@dataclass(frozen=True)
class Failure:
    """The contents of an alert.

    Parameters
    ----------
    tries
        How often the task was tried.
    reason
        Class of the error, and its message where that is safe.
    log_url
        In the Airflow UI.
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
        """The subject line."""
        return f"[Dangol] {self.dag} failed at {self.task} ({self.business_date})"

    @property
    def text(self) -> str:
        """The whole message."""
        return (
            f"{self.subject}\n\n{self.reason}\n\nRun: {self.run}\nTries: {self.tries}\n"
            f"Log: {self.log_url}\n\nReaders have complete tables: last night's until tonight's "
            f"are published. What to do: see *If it fails* in the DAG's documentation.\n"
        )


def on_failure(context: Mapping[str, Any]) -> None:
    """Send an alert about a task that failed for good: Airflow's ``on_failure_callback``."""
    failure = failure_of(context, os.environ)
    log.error("%s: %s (run %s)", failure.subject, failure.reason, failure.run)
    send(failure, os.environ)


def send(failure: Failure, environment: Mapping[str, str]) -> None:
    """Send an alert through every configured channel; if one fails, the other is still tried.

    Parameters
    ----------
    environment
        Usually ``os.environ``.
    """
    for way, notifier_for in (("by e-mail", _mail_notifier), ("to Slack", _slack_notifier)):
        try:
            if notifier := notifier_for(failure, environment):
                # not called: that would render the text as a template and log errors uncleaned
                notifier.notify({})
        except Exception as error:  # whatever it is, it must not hide the failure
            reason = _clean(str(error), environment).partition("\n")[0][:_LONGEST_REASON]
            if not isinstance(error, AlertSettingsError):
                reason = f"{type(error).__name__}: {reason}"
            log.error("the alert could not be sent %s: %s", way, reason)


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
        if isinstance(error, DangolError):
            first_line = str(error).partition("\n")[0]
            return f"{type(error).__name__}: {_clean(first_line, environment)}"
        if error.__cause__ is None:
            return type(error).__name__
        error = error.__cause__
    return "the task's process ended without an error message"


def _clean(text: str, environment: Mapping[str, str]) -> str:
    for name, secret in environment.items():
        if _SECRET_NAME.search(name) and len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, "***")
    text = _ADDRESS.sub("***", text)
    return _LONG_NUMBER.sub(lambda found: found[0] if _DATE.fullmatch(found[0]) else "***", text)


def _mail_notifier(failure: Failure, environment: Mapping[str, str]) -> BaseNotifier | None:
    connection = _mail_connection(environment)
    if connection is None:
        return None
    from airflow.providers.smtp.notifications.smtp import SmtpNotifier

    notifier = SmtpNotifier(
        from_email=environment["DANGOL_SMTP_FROM"],
        to=[to for each in environment["DANGOL_SMTP_TO"].split(",") if (to := each.strip())],
        subject=failure.subject,
        html_content=f'<pre style="white-space: pre-wrap">{escape(failure.text)}</pre>',
    )
    _give(notifier.hook, connection)
    return notifier


def _mail_connection(environment: Mapping[str, str]) -> Connection | None:
    """Read the mail settings; None if mail is not configured."""
    given = {name: environment.get(f"DANGOL_SMTP_{name}", "") for name in MAIL_SETTINGS}
    for one, other in _GO_TOGETHER:
        if given[one] and not given[other]:
            raise AlertSettingsError(f"DANGOL_SMTP_{one} is set but DANGOL_SMTP_{other} is not")
    if not given["HOST"]:
        return None
    port, security = given["PORT"] or "587", given["SECURITY"] or "starttls"
    if not port.isdecimal():
        raise AlertSettingsError(f"DANGOL_SMTP_PORT is {port!r}; it must be a number")
    if security not in {"starttls", "tls", "none"}:
        raise AlertSettingsError(
            f"DANGOL_SMTP_SECURITY is {security!r}; it must be starttls, tls or none"
        )
    if given["PASSWORD"] and security == "none":
        raise AlertSettingsError(
            "DANGOL_SMTP_PASSWORD would be sent in the clear: set DANGOL_SMTP_SECURITY to "
            "starttls or tls"
        )
    from airflow.sdk import Connection

    extra = {
        "disable_ssl": security != "tls",
        "disable_tls": security != "starttls",
        "timeout": TIMEOUT_SECONDS,
        "retry_limit": 0,
    }
    return Connection(
        conn_id="dangol_mail",
        conn_type="smtp",
        host=given["HOST"],
        port=int(port),
        login=given["USER"],
        password=given["PASSWORD"],
        extra=json.dumps(extra),
    )


def _slack_notifier(failure: Failure, environment: Mapping[str, str]) -> BaseNotifier | None:
    webhook = environment.get("DANGOL_SLACK_WEBHOOK")
    if not webhook:
        return None
    if not _SAFE_WEBHOOK.fullmatch(webhook):
        raise AlertSettingsError("DANGOL_SLACK_WEBHOOK must be an https:// address")
    from airflow.providers.slack.notifications.slack_webhook import SlackWebhookNotifier
    from airflow.sdk import Connection

    notifier = SlackWebhookNotifier(
        text=failure.text,
        timeout=TIMEOUT_SECONDS,
        retry_handlers=[],  # each of its retries logs the address, which is a secret
    )
    notifier.hook.extra_client_args = {
        "logger": logging.Logger("quiet", logging.CRITICAL),  # so does its debug log
        "ssl": ssl.create_default_context(),
    }
    _give(
        notifier.hook,
        Connection(conn_id="dangol_slack", conn_type="slackwebhook", password=webhook),
    )
    return notifier


def _give(hook: Any, connection: Connection) -> None:
    """Make a hook use this connection instead of looking one up."""
    hook.get_connection = lambda _: connection
