import json
import logging
import re
import socket
import ssl
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from html import unescape
from http.client import HTTPException, InvalidURL
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from airflow.sdk import Connection  # noqa: F401 - now: it sets up logging, which undoes caplog's
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from dangol.nightly.ending import NotPublishedError
from dangol.nightly.lock import RunRefused
from dangol.orchestration import alerts
from dangol.settings import PROJECT_ROOT

FAILURE = alerts.Failure(
    dag="nightly",
    task="raw.gate_raw",
    run="manual__2018",
    business_date="2017-12-31",
    tries=1,
    reason="GateFailed: raw: 1 of 30 expectations failed",
    log_url="http://127.0.0.1:8080/log",
    details=["no file is late: till, tx_2017-12-31.csv (owner: shop)"],
    run_url="http://127.0.0.1:8080/dags/nightly/runs/manual__2018",
    page_url="http://127.0.0.1:8080/nights/2017-12-31.html",
)


def said(caplog):
    ours = [record for record in caplog.records if record.name == "dangol.orchestration.alerts"]
    ours = [record for record in ours if record.levelno > logging.INFO]
    assert {record.levelno for record in ours} <= {logging.ERROR}
    return [record.getMessage() for record in ours]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Relay:
    """A mail server on this machine."""

    def __init__(self):
        self.messages = []
        self.logins = []
        self.port = free_port()

    async def handle_DATA(self, _server, _session, envelope):
        self.messages.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 OK"

    def authenticate(self, _server, _session, _envelope, _mechanism, login):
        self.logins.append((login.login, login.password))
        return AuthResult(success=login.password == b"tiger-lily")


@pytest.fixture
def start_relay():
    controllers = []

    def start(**options):
        relay = Relay()
        controller = Controller(
            relay,
            hostname="127.0.0.1",
            port=relay.port,
            authenticator=relay.authenticate,
            **options,
        )
        controller.start()
        controllers.append(controller)
        return relay

    yield start
    for controller in controllers:
        controller.stop()


@pytest.fixture
def mailbox(start_relay):
    return start_relay()


class Webhook(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append(json.loads(body))
        if self.path == "/hangs-up":
            return
        self.send_response(500 if self.path.endswith("/broken") else 200)
        self.end_headers()
        if self.path.endswith("/broken"):
            self.wfile.write(b"no kim@example.com here" + b"." * 1000)

    def log_message(self, *_):
        pass


@pytest.fixture
def start_webhook():
    servers = []

    def start(trust=None):
        server = ThreadingHTTPServer(("127.0.0.1", 0), Webhook)
        server.received = []
        if trust:
            server.socket = trust.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        scheme = "https" if trust else "http"
        url = f"{scheme}://127.0.0.1:{server.server_port}"
        return SimpleNamespace(received=server.received, url=url)

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def slack(start_webhook):
    return start_webhook()


@pytest.fixture
def certificate(tmp_path):
    """A certificate for this machine that no authority has signed: its file, and a server's use."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    file.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return SimpleNamespace(file=file, server=server)


@pytest.fixture
def deaf():
    """A server that accepts every connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)

        def callers():
            count = 0
            try:
                while True:
                    server.accept()[0].close()
                    count += 1
            except BlockingIOError:
                return count

        yield SimpleNamespace(port=server.getsockname()[1], callers=callers)


def mail_to(port, **changes):
    return {
        "DANGOL_SMTP_HOST": "127.0.0.1",
        "DANGOL_SMTP_PORT": str(port),
        "DANGOL_SMTP_FROM": "dangol@example.com",
        "DANGOL_SMTP_TO": "data@example.com,oncall@example.com",
        "DANGOL_SMTP_SECURITY": "none",
        **changes,
    }


def secured(port, security):
    login = {"DANGOL_SMTP_USER": "dangol", "DANGOL_SMTP_PASSWORD": "tiger-lily"}
    return mail_to(port, DANGOL_SMTP_SECURITY=security, **login)


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
    [body] = message.get_payload()
    assert body.get_content_type() == "text/html"
    assert body.get_payload(decode=True).decode() == (
        '<pre style="white-space: pre-wrap">'
        "[Dangol] nightly failed at raw.gate_raw (2017-12-31)\n"
        "\n"
        "GateFailed: raw: 1 of 30 expectations failed\n"
        "- no file is late: till, tx_2017-12-31.csv (owner: shop)\n"
        "\n"
        "Run: manual__2018\n"
        "Tries: 1\n"
        "Log: http://127.0.0.1:8080/log\n"
        "Run page: http://127.0.0.1:8080/dags/nightly/runs/manual__2018\n"
        "Night&#x27;s page: http://127.0.0.1:8080/nights/2017-12-31.html\n"
        "\n"
        "Readers have complete tables: last night&#x27;s until tonight&#x27;s are published. What "
        "to do: see *If it fails* in the DAG&#x27;s documentation.\n"
        "</pre>"
    )


@pytest.mark.parametrize("text", ["{{ 7 * 7 }} {% raw %}", "<b>&amp;</b>", "report.html"])
def test_the_words_are_never_a_template_or_markup(text, mailbox, slack):
    failure = replace(FAILURE, reason=text)
    alerts.send(failure, mail_to(mailbox.port, DANGOL_SLACK_WEBHOOK=slack.url))
    [(_, _, content)] = mailbox.messages
    [body] = message_from_bytes(content).get_payload()
    sent = body.get_payload(decode=True).decode()
    assert unescape(re.sub(r"</?pre[^>]*>", "", sent)) == failure.text
    assert slack.received == [{"text": failure.text}]


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
    assert said(caplog) == [
        "the alert could not be sent by e-mail: ConnectionRefusedError: [Errno 111] "
        "Connection refused"
    ]


def test_a_webhook_that_answers_with_an_error_is_logged_without_its_address(slack, caplog):
    alerts.send(FAILURE, {"DANGOL_SLACK_WEBHOOK": f"{slack.url}/broken"})
    [message] = said(caplog)
    start = "the alert could not be sent to Slack: AirflowException: Response body: 'no ***"
    assert message.startswith(start)
    assert len(message) < 300


def test_each_way_that_fails_is_logged(caplog):
    port = free_port()
    webhook = f"http://127.0.0.1:{port}/T000/B000"
    alerts.send(FAILURE, mail_to(port, DANGOL_SLACK_WEBHOOK=webhook))
    assert said(caplog) == [
        "the alert could not be sent by e-mail: ConnectionRefusedError: [Errno 111] "
        "Connection refused",
        "the alert could not be sent to Slack: URLError: <urlopen error [Errno 111] "
        "Connection refused>",
    ]


@pytest.mark.parametrize("path", ["T000/broken", "hangs-up"])
def test_a_webhook_is_tried_once_and_no_log_has_its_address(path, slack, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    alerts.send(FAILURE, {"DANGOL_SLACK_WEBHOOK": f"{slack.url}/{path}"})
    assert slack.received == [{"text": FAILURE.text}]
    assert [message.partition(":")[0] for message in said(caplog)] == [
        "the alert could not be sent to Slack"
    ]
    # Airflow writes its logs here while no task runs
    everything = "\n".join([*capfd.readouterr(), *map(str, caplog.messages)])
    assert "the alert could not be sent to Slack" in everything
    assert [word for word in (slack.url, path) if word in everything] == []


@pytest.mark.parametrize(
    ("way", "told"),
    [
        ("mail", "by e-mail: AirflowException: Unable to connect to smtp server"),
        ("slack", "to Slack: TimeoutError: timed out"),
    ],
)
def test_a_server_that_hangs_is_given_up(way, told, deaf, monkeypatch, caplog):
    monkeypatch.setattr(alerts, "TIMEOUT_SECONDS", 1)
    started = time.monotonic()
    environment = {
        "mail": mail_to(deaf.port),
        "slack": {"DANGOL_SLACK_WEBHOOK": f"http://127.0.0.1:{deaf.port}/hook"},
    }
    alerts.send(FAILURE, environment[way])
    assert time.monotonic() - started < 10
    assert deaf.callers() == 1
    assert said(caplog) == [f"the alert could not be sent {told}"]


@pytest.mark.parametrize(
    "webhook",
    [
        "http://hooks.example.com/T000/B000",
        "http://127.0.0.1@hooks.example.com/T000/B000",
        "http://localhost.example.com/T000/B000",
        "file:///etc/hostname",
        "https://hooks.example.com/T000 B000",
        "hooks.example.com/T000/B000",
    ],
)
def test_a_webhook_in_the_clear_is_refused(webhook, caplog):
    alerts.send(FAILURE, {"DANGOL_SLACK_WEBHOOK": webhook})
    assert said(caplog) == [
        "the alert could not be sent to Slack: DANGOL_SLACK_WEBHOOK must be an https:// address"
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"DANGOL_SMTP_TO": ""}, "DANGOL_SMTP_HOST is set but DANGOL_SMTP_TO is not"),
        ({"DANGOL_SMTP_HOST": ""}, "DANGOL_SMTP_FROM is set but DANGOL_SMTP_HOST is not"),
        (
            {"DANGOL_SMTP_USER": "dangol"},
            "DANGOL_SMTP_USER is set but DANGOL_SMTP_PASSWORD is not",
        ),
        (
            {"DANGOL_SMTP_PASSWORD": "tiger-lily"},
            "DANGOL_SMTP_PASSWORD is set but DANGOL_SMTP_USER is not",
        ),
        ({"DANGOL_SMTP_PORT": "smtp"}, "DANGOL_SMTP_PORT is 'smtp'; it must be a number"),
        (
            {"DANGOL_SMTP_SECURITY": "ssl"},
            "DANGOL_SMTP_SECURITY is 'ssl'; it must be starttls, tls or none",
        ),
        (
            {"DANGOL_SMTP_USER": "dangol", "DANGOL_SMTP_PASSWORD": "tiger-lily"},
            "DANGOL_SMTP_PASSWORD would be sent in the clear: set DANGOL_SMTP_SECURITY to starttls "
            "or tls",
        ),
    ],
)
def test_mail_that_is_configured_by_halves_says_what_is_missing(changes, message, caplog):
    alerts.send(FAILURE, mail_to(1, **changes))
    assert said(caplog) == [f"the alert could not be sent by e-mail: {message}"]


def test_mail_goes_to_the_port_of_submission_by_default(monkeypatch, caplog):
    called = []

    def refuse(address, *_):
        called.append(address)
        raise ConnectionRefusedError("refused")

    monkeypatch.setattr("smtplib.socket.create_connection", refuse)
    alerts.send(FAILURE, mail_to("", DANGOL_SMTP_HOST="mail.example.com"))
    assert called == [("mail.example.com", 587)]
    assert said(caplog) == [
        "the alert could not be sent by e-mail: ConnectionRefusedError: refused"
    ]


@pytest.mark.parametrize("security", ["starttls", ""])
def test_a_server_without_tls_is_not_trusted_with_the_mail(security, start_relay, caplog):
    relay = start_relay(auth_require_tls=False)
    alerts.send(FAILURE, secured(relay.port, security))
    assert (relay.messages, relay.logins) == ([], [])
    assert said(caplog) == [
        "the alert could not be sent by e-mail: SMTPNotSupportedError: STARTTLS extension not "
        "supported by server."
    ]


@pytest.mark.parametrize(
    ("security", "option"), [("starttls", "tls_context"), ("tls", "ssl_context")]
)
def test_a_mail_server_is_believed_only_with_a_valid_certificate(
    security, option, start_relay, certificate, monkeypatch, caplog
):
    relay = start_relay(**{option: certificate.server}, auth_require_tls=option == "tls_context")
    alerts.send(FAILURE, secured(relay.port, security))
    assert (relay.messages, relay.logins) == ([], [])
    [message] = said(caplog)
    assert message.startswith(
        "the alert could not be sent by e-mail: SSLCertVerificationError: [SSL: "
        "CERTIFICATE_VERIFY_FAILED]"
    )

    caplog.clear()
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.file))
    alerts.send(FAILURE, secured(relay.port, security))
    assert said(caplog) == []
    assert relay.logins == [(b"dangol", b"tiger-lily")]
    assert [recipients for _, recipients, _ in relay.messages] == [
        ["data@example.com", "oncall@example.com"]
    ]


def test_a_webhook_is_believed_only_with_a_valid_certificate(
    start_webhook, certificate, monkeypatch, caplog
):
    slack = start_webhook(certificate.server)
    alerts.send(FAILURE, {"DANGOL_SLACK_WEBHOOK": f"{slack.url}/hook"})
    assert slack.received == []
    [message] = said(caplog)
    assert message.startswith(
        "the alert could not be sent to Slack: URLError: <urlopen error [SSL: "
        "CERTIFICATE_VERIFY_FAILED]"
    )

    caplog.clear()
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.file))
    alerts.send(FAILURE, {"DANGOL_SLACK_WEBHOOK": f"{slack.url}/hook"})
    assert said(caplog) == []
    assert slack.received == [{"text": FAILURE.text}]


def test_dags_pay_nothing_for_the_notifiers_until_a_task_fails():
    code = "import sys, dangol.orchestration.alerts; print('airflow' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "False\n"


def test_every_variable_is_in_the_documentation():
    named = re.compile(r"DANGOL_(?:SMTP_[A-Z]+|SLACK_WEBHOOK)")
    page = (PROJECT_ROOT / "docs" / "setup.md").read_text(encoding="utf-8")
    compose = (PROJECT_ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    used = {f"DANGOL_SMTP_{name}" for name in alerts.MAIL_SETTINGS} | {"DANGOL_SLACK_WEBHOOK"}
    assert set(named.findall(page)) == set(named.findall(compose)) == used


def test_errors_of_others_are_named_and_not_quoted():
    """DuckDB and Great Expectations quote the values that they stumble over."""
    failure = alerts.failure_of(context_of(ValueError("could not convert 'kim@example.com'")), {})
    assert failure.reason == "ValueError"


def test_our_errors_are_quoted_by_their_first_line():
    error = RunRefused("the home is locked\nkim@example.com")
    assert alerts.failure_of(context_of(error), {}).reason == "RunRefused: the home is locked"
    assert (
        alerts.failure_of(context_of(chained(RuntimeError("wrapped"), error)), {}).reason
        == "RunRefused: the home is locked"
    )


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("row of kim.minji@example.com is late", "row of *** is late"),
        ("phone 010-1234-5678 twice", "phone *** twice"),
        ("card 4111 1111 1111 1111", "card ***"),
        ("the night of 2017-12-31, 14 rows", "the night of 2017-12-31, 14 rows"),
        ("s3 said hunter22", "s3 said ***"),
        *(
            (f"till, {name} (owner: shop)",) * 2
            for name in (
                "orders-01-2017-12-31.csv",
                "ORD20171231093000.csv",
                "tx_20171231_r1.csv",
                "store-0123-20171231-0930.csv",
                "2017-12-31T09-30-00_7.jsonl",
                "a/20171231_093000.csv",
            )
        ),
        ("phones 01020171231 and 2017123112345678", "phones *** and ***"),
        ("4000123 of 2017-12-31, +82 10 1234 5678", "*** of 2017-12-31, ***"),
    ],
)
def test_even_our_errors_are_cleaned(text, clean):
    environment = {"AWS_SECRET_ACCESS_KEY": "hunter22", "HOME": "late"}
    assert alerts.failure_of(context_of(RunRefused(text)), environment).reason == (
        f"RunRefused: {clean}"
    )


def test_the_address_of_a_database_does_not_mask_every_path():
    environment = {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "sqlite:////srv/dangol/airflow.db"}
    failure = alerts.failure_of(context_of(RunRefused("/srv/dangol is locked")), environment)
    assert failure.reason == "RunRefused: /srv/dangol is locked"


@pytest.mark.parametrize(
    "name",
    ["AIRFLOW__CORE__TEST_CONNECTION", "AIRFLOW__CORE__SENSITIVE_VAR_CONN_NAMES", "DANGOL_HOME"],
)
def test_a_setting_that_is_no_secret_is_not_removed(name):
    failure = alerts.failure_of(context_of(RunRefused("the shop is Disabled")), {name: "Disabled"})
    assert failure.reason == "RunRefused: the shop is Disabled"


@pytest.mark.parametrize(
    "name",
    ["AIRFLOW_CONN_BUCKET", "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN",
     "AZURE_STORAGE_CONNECTION_STRING",
     "DANGOL_SFTP_KEY_PASSPHRASE", "DANGOL_ID_KEY", "AZURE_STORAGE_SAS_TOKEN"],
)  # fmt: skip
def test_every_secret_of_the_environment_is_removed(name):
    failure = alerts.failure_of(context_of(RunRefused("it said hunter22")), {name: "hunter22"})
    assert failure.reason == "RunRefused: it said ***"


def test_a_task_whose_process_was_killed_has_no_error_to_name():
    assert alerts.failure_of(context_of(None), {}).reason == (
        "the task's process ended without an error message; its supervisor's log may have one: "
        "`docker compose logs scheduler`"
    )


SCHEDULER_LOG = """
2026-11-30T02:00:05 [info] Worker starting up pid=7
Traceback (most recent call last):
  File "httpx/_transports/default.py", line 118, in map_httpcore_exceptions
httpcore.ReadTimeout: timed out

The above exception was the direct cause of the following exception:
httpx.ReadTimeout: timed out
2026-11-30T02:00:16 [error] [Dangol] nightly failed at finish (2017-12-30): NotPublishedError
2026-11-30T02:00:17 [error] Executor LocalExecutor(parallelism=8) reported that the task instance \
<TaskInstance: nightly.raw.gate_raw manual__2018 [queued]> finished with state failed
ValueError: of something later
"""


def test_what_only_the_supervisor_logged_is_named(tmp_path):
    log = tmp_path / "logs" / "airflow-scheduler.log"
    log.parent.mkdir()
    log.write_text(SCHEDULER_LOG)
    environment = {"DANGOL_HOME": str(tmp_path)}
    assert alerts.failure_of(context_of(None), environment).reason == (
        "the task's process ended without an error message; its supervisor's log names "
        f"httpx.ReadTimeout: {log}"
    )
    log.write_text("nothing of it")
    assert (
        "its supervisor's log names none:"
        in alerts.failure_of(context_of(None), environment).reason
    )


def test_what_was_put_aside_meanwhile_is_read_too(tmp_path):
    log = tmp_path / "logs" / "airflow-scheduler.log"
    log.parent.mkdir()
    log.with_name(f"{log.name}.1").write_text(SCHEDULER_LOG)
    reason = f"names httpx.ReadTimeout: {log}"
    environment = {"DANGOL_HOME": str(tmp_path)}
    assert reason in alerts.failure_of(context_of(None), environment).reason
    log.write_text("of the time after")
    assert reason in alerts.failure_of(context_of(None), environment).reason


def test_a_log_that_cannot_be_read_costs_no_alert(tmp_path):
    log = tmp_path / "logs" / "airflow-scheduler.log"
    log.parent.mkdir()
    log.touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(log), "open", Mock(side_effect=PermissionError(13, "not readable")))
        reason = alerts.failure_of(context_of(None), {"DANGOL_HOME": str(tmp_path)}).reason
    assert reason.endswith("`docker compose logs scheduler`")


class Told(RunRefused):
    for_alert = ("each row has a key: till, lines_20171231.csv, row of kim@example.com",)


def test_the_alert_names_what_the_error_knows_and_links_to_run_and_page():
    environment = {"AIRFLOW__API__BASE_URL": "https://airflow.example.com/"}
    failure = alerts.failure_of(context_of(Told("the gate stopped")), environment)
    assert failure.details == ["each row has a key: till, lines_20171231.csv, row of ***"]
    assert (failure.run_url, failure.page_url) == (
        "https://airflow.example.com/dags/nightly/runs/manual__2018",
        "https://airflow.example.com/nights/2017-12-31.html",
    )


@pytest.mark.parametrize(
    "error",
    [
        HTTPException("GET /services/T0000/B0000/s3cr3tpath"),
        InvalidURL("nonnumeric port: 's3cr3tpath'"),
        ValueError("unknown url type: 'https://hooks.example.com/T0000/s3cr3tpath'"),
        RuntimeError("POST to /T0000/s3cr3tpath failed"),
    ],
)
@pytest.mark.parametrize("way", ["_mail_notifier", "_slack_notifier"])
def test_whatever_a_channel_raises_is_logged_without_the_secret(way, error, monkeypatch, caplog):
    def broken(alert, environment):
        raise error

    monkeypatch.setattr(alerts, way, broken)
    webhook = "https://hooks.example.com/T0000/s3cr3tpath"
    other = "_mail_notifier" if way == "_slack_notifier" else "_slack_notifier"
    monkeypatch.setattr(alerts, other, lambda alert, environment: None)
    alerts.send(FAILURE, {"DANGOL_SLACK_WEBHOOK": webhook})
    [message] = said(caplog)
    assert type(error).__name__ in message
    assert [word for word in ("T0000", "s3cr3tpath") if word in message] == []


def test_an_error_that_can_not_even_be_written_does_not_escape(monkeypatch, caplog):
    class Silent(Exception):
        def __str__(self):
            raise RuntimeError("no words")

    def broken(alert, environment):
        raise Silent

    monkeypatch.setattr(alerts, "_mail_notifier", broken)
    alerts.send(FAILURE, {})
    assert said(caplog) == ["the alert could not be sent by e-mail: Silent"]


@pytest.mark.parametrize("port", ["99999", "http", ""])
def test_a_bad_address_of_the_webhook_does_not_escape(port, caplog):
    alerts.send(FAILURE, {"DANGOL_SLACK_WEBHOOK": f"http://127.0.0.1:{port}/T0000/s3cr3tpath"})
    [message] = said(caplog)
    assert message.startswith("the alert could not be sent to Slack: ")
    assert "s3cr3tpath" not in message


def test_a_context_that_is_not_as_expected_does_not_escape(caplog):
    alerts.on_failure({})
    assert said(caplog) == ["a task failed, and nothing can be said about it: KeyError"]


def test_an_alert_that_nobody_got_does_not_keep_the_last_one_back(mailbox, monkeypatch):
    noted = []
    monkeypatch.setattr(alerts, "note_alert", lambda context, failure: noted.append(failure.task))
    for port, count in ((free_port(), 0), (mailbox.port, 1)):
        for name, value in mail_to(port).items():
            monkeypatch.setenv(name, value)
        alerts.on_failure(context_of(RunRefused("locked")))
        assert len(noted) == len(mailbox.messages) == count
    monkeypatch.setenv("DANGOL_SLACK_WEBHOOK", f"http://127.0.0.1:{free_port()}/x")
    alerts.on_failure(context_of(RunRefused("locked")))
    assert len(noted) == 2  # one channel is enough


def test_where_no_channel_is_configured_the_log_is_the_alert(monkeypatch):
    for name in (*alerts.MAIL_SETTINGS, "DANGOL_SLACK_WEBHOOK"):
        monkeypatch.delenv(name if "_" in name else f"DANGOL_SMTP_{name}", raising=False)
    assert alerts.send(FAILURE, {})


def test_a_run_whose_cause_is_alerted_is_not_alerted_again(mailbox, monkeypatch, caplog):
    for name, value in mail_to(mailbox.port).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(alerts, "note_alert", lambda context, failure: None)
    for is_alerted in (True, False):
        alerts.on_failure(context_of(NotPublishedError("nothing is published", is_alerted)))
    assert len(mailbox.messages) == 1
    assert said(caplog) == 2 * [
        "[Dangol] nightly failed at raw.gate_raw (2017-12-31): NotPublishedError: nothing is "
        "published (run manual__2018)"
    ]
