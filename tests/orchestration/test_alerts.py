import json
import logging
import socket
import threading
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
from aiosmtpd.controller import Controller

from dangol.nightly.lock import RunRefused
from dangol.orchestration import alerts

FAILURE = alerts.Failure(
    dag="nightly",
    task="raw.gate_raw",
    run="manual__2018",
    business_date="2017-12-31",
    tries=1,
    reason="GateFailed: raw: 1 of 30 expectations failed",
    log_url="http://127.0.0.1:8080/log",
)


class Mailbox:
    def __init__(self):
        self.messages = []

    async def handle_DATA(self, _server, _session, envelope):
        self.messages.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 OK"


def said(caplog):
    ours = [record for record in caplog.records if record.name == "dangol.orchestration.alerts"]
    assert {record.levelno for record in ours} <= {logging.ERROR}
    return [record.getMessage() for record in ours]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def mailbox():
    mailbox = Mailbox()
    mailbox.port = free_port()
    controller = Controller(mailbox, hostname="127.0.0.1", port=mailbox.port)
    controller.start()
    yield mailbox
    controller.stop()


@pytest.fixture
def slack():
    received = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(500 if self.path == "/broken" else 200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield SimpleNamespace(received=received, url=f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    server.server_close()


def mail_to(port, **changes):
    return {
        "DANGOL_SMTP_HOST": "127.0.0.1",
        "DANGOL_SMTP_PORT": str(port),
        "DANGOL_SMTP_FROM": "dangol@example.com",
        "DANGOL_SMTP_TO": "data@example.com,oncall@example.com",
        "DANGOL_SMTP_SECURITY": "none",
        **changes,
    }


def context_of(error, **changes):
    task = SimpleNamespace(
        dag_id="nightly",
        task_id="raw.gate_raw",
        run_id="manual__2018",
        try_number=1,
        log_url="http://127.0.0.1:8080/log",
    )
    return {"ti": task, "exception": error, "business_date": "2017-12-31", **changes}


def chained(outer, cause):
    outer.__cause__ = cause
    return outer


def test_a_mail_says_what_failed_and_where_to_look(mailbox):
    alerts.send(FAILURE, mail_to(mailbox.port))
    [(sender, recipients, content)] = mailbox.messages
    message = message_from_bytes(content)
    assert (sender, recipients) == (
        "dangol@example.com",
        ["data@example.com", "oncall@example.com"],
    )
    assert message["Subject"] == "[Dangol] nightly failed at raw.gate_raw (2017-12-31)"
    assert message.get_payload(decode=True).decode().replace("\r\n", "\n") == (
        "[Dangol] nightly failed at raw.gate_raw (2017-12-31)\n"
        "\n"
        "GateFailed: raw: 1 of 30 expectations failed\n"
        "\n"
        "Run: manual__2018\n"
        "Tries: 1\n"
        "Log: http://127.0.0.1:8080/log\n"
        "\n"
        "Readers have whole tables: last night's until tonight's are published. What to do stands "
        "in the DAG's documentation, under *If it fails*.\n"
    )


def test_slack_gets_the_same_words(slack):
    alerts.send(FAILURE, {"DANGOL_SLACK_WEBHOOK": f"{slack.url}/hook"})
    assert slack.received == [{"text": FAILURE.text}]


def test_the_failure_is_logged_even_when_nothing_is_configured(monkeypatch, caplog):
    for name in ("DANGOL_SMTP_HOST", "DANGOL_SLACK_WEBHOOK"):
        monkeypatch.delenv(name, raising=False)
    alerts.on_failure(context_of(ValueError("secret row")))
    assert said(caplog) == [
        "[Dangol] nightly failed at raw.gate_raw (2017-12-31): ValueError (run manual__2018)"
    ]


def test_a_mail_server_that_is_down_is_logged_and_slack_still_gets_it(slack, caplog):
    alerts.send(FAILURE, mail_to(free_port(), DANGOL_SLACK_WEBHOOK=slack.url))
    assert slack.received == [{"text": FAILURE.text}]
    [message] = said(caplog)
    assert message.startswith("the alert could not be sent by e-mail: [Errno")


def test_a_webhook_that_answers_with_an_error_is_logged_without_its_address(slack, caplog):
    alerts.send(FAILURE, {"DANGOL_SLACK_WEBHOOK": f"{slack.url}/broken"})
    assert said(caplog) == ["the alert could not be sent to Slack: HTTPError 500"]


def test_a_webhook_in_the_clear_is_refused(caplog):
    alerts.send(FAILURE, {"DANGOL_SLACK_WEBHOOK": "http://hooks.example.com/T000/B000"})
    assert said(caplog) == [
        "the alert could not be sent to Slack: DANGOL_SLACK_WEBHOOK must be an https:// address"
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"DANGOL_SMTP_TO": ""}, "DANGOL_SMTP_HOST is set and DANGOL_SMTP_TO is not"),
        (
            {"DANGOL_SMTP_SECURITY": "ssl"},
            "DANGOL_SMTP_SECURITY is 'ssl'; it takes starttls, tls or none",
        ),
        (
            {"DANGOL_SMTP_PASSWORD": "tiger-lily"},
            "DANGOL_SMTP_PASSWORD would be sent in the clear: set DANGOL_SMTP_SECURITY to starttls "
            "or tls",
        ),
    ],
)
def test_mail_that_is_configured_by_halves_says_what_is_missing(changes, message, caplog):
    alerts.send(FAILURE, mail_to(1, **changes))
    assert said(caplog) == [f"the alert could not be sent by e-mail: {message}"]


def test_a_server_without_tls_is_not_trusted_with_the_mail(mailbox, caplog):
    alerts.send(FAILURE, mail_to(mailbox.port, DANGOL_SMTP_SECURITY="starttls"))
    assert mailbox.messages == []
    assert said(caplog) == [
        "the alert could not be sent by e-mail: STARTTLS extension not supported by server."
    ]


def test_errors_of_others_are_named_and_not_quoted():
    """DuckDB and Great Expectations quote the values that they stumble over."""
    failure = alerts.failure_of(context_of(ValueError("could not convert 'kim@example.com'")), {})
    assert failure.reason == "ValueError"


def test_our_errors_are_quoted_by_their_first_line():
    error = RunRefused("the home is taken\nkim@example.com")
    assert alerts.failure_of(context_of(error), {}).reason == "RunRefused: the home is taken"
    assert (
        alerts.failure_of(context_of(chained(RuntimeError("wrapped"), error)), {}).reason
        == "RunRefused: the home is taken"
    )


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("row of kim.minji@example.com is late", "row of *** is late"),
        ("phone 010-1234-5678 twice", "phone *** twice"),
        ("card 4111 1111 1111 1111", "card ***"),
        ("the night of 2017-12-31, 14 rows", "the night of 2017-12-31, 14 rows"),
        ("s3 said hunter22", "s3 said ***"),
    ],
)
def test_even_our_errors_are_cleaned(text, clean):
    environment = {"AWS_SECRET_ACCESS_KEY": "hunter22", "HOME": "late"}
    assert alerts.failure_of(context_of(RunRefused(text)), environment).reason == (
        f"RunRefused: {clean}"
    )


def test_a_task_whose_process_was_killed_has_no_error_to_name():
    assert alerts.failure_of(context_of(None), {}).reason == (
        "the task's process ended without saying why"
    )
