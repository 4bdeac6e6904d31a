"""Sends alerts: always into the log, by e-mail and to Slack if configured.

An alert leaves the machine, so it carries no data (`dangol.orchestration.failures`). One that can't
be sent is logged and never hides what it is about.

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
from html import escape
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

from dangol.errors import DangolError
from dangol.orchestration.failures import Failure, Notice, clean, failure_of

if TYPE_CHECKING:
    from airflow.sdk import BaseNotifier, Connection

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 10
"""A mail server that hangs must not delay the night."""

MAIL_SETTINGS = ("HOST", "PORT", "FROM", "TO", "USER", "PASSWORD", "SECURITY")
"""Each a variable ``DANGOL_SMTP_…``."""

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


def on_failure(context: Mapping[str, Any]) -> None:
    """Send an alert about a task that failed for good: Airflow's ``on_failure_callback``."""
    try:
        failure = failure_of(context, os.environ)
    except Exception as error:  # whatever it is, it must not hide the failure
        log.error("a task failed, and nothing can be said about it: %s", type(error).__name__)
        return
    log.error("%s: %s (run %s)", failure.subject, failure.reason, failure.run)
    if failure.is_told:
        log.info("this run is alerted already")
        return
    if send(failure, os.environ):
        note_alert(context, failure)


def note_alert(context: Mapping[str, Any], failure: Failure) -> None:
    """Record that a run was alerted."""
    from dangol.orchestration.alert_notes import note

    try:
        note(context, failure)
    except Exception as error:  # the alert itself matters more
        log.error("the alert was not recorded: %s", type(error).__name__)


def send(alert: Failure | Notice, environment: Mapping[str, str]) -> bool:
    """Send an alert through every configured channel; if one fails, the other is still tried.

    Nothing escapes: what a channel raises is logged, without secrets.

    Parameters
    ----------
    environment
        Usually ``os.environ``.

    Returns
    -------
    bool
        Whether somebody was told: by a channel, or by the log, if no channel is configured.
    """
    sent = failed = 0
    for way, notifier_for in (("by e-mail", _mail_notifier), ("to Slack", _slack_notifier)):
        try:
            if notifier := notifier_for(alert, environment):
                # not called: that would render the text as a template and log errors uncleaned
                notifier.notify({})
                sent += 1
        except Exception as error:  # whatever it is, it must not hide the failure
            failed += 1
            log.error("the alert could not be sent %s: %s", way, _told(error, environment))
    return bool(sent or not failed)


def _told(error: Exception, environment: Mapping[str, str]) -> str:
    """Return what may be said about an error of a channel."""
    try:
        reason = clean(str(error), environment).partition("\n")[0][:_LONGEST_REASON]
    except Exception:
        return type(error).__name__
    if isinstance(error, AlertSettingsError):
        return reason
    if isinstance(error, ValueError | HTTPException) and not isinstance(error, OSError):
        return type(error).__name__  # such as of a bad address, which their text quotes
    return f"{type(error).__name__}: {reason}"


def _mail_notifier(
    failure: Failure | Notice, environment: Mapping[str, str]
) -> BaseNotifier | None:
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


def _slack_notifier(
    failure: Failure | Notice, environment: Mapping[str, str]
) -> BaseNotifier | None:
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
