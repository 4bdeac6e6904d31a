import asyncio

import pytest

from dangol.orchestration.guard import HEADERS, Guard, allowed_hosts


def asked(path="/", host="127.0.0.1:8080", accept="text/html", body=b"<html><head></head>", **more):
    """Return status, headers and body of an answer through the guard."""
    seen, sent = more.get("seen", {}), []
    kind = more.get("kind", b"text/html; charset=utf-8")

    async def airflow(scope, receive, send):
        seen.update(scope)
        headers = [(b"content-type", kind), *more.get("headers", [])]
        headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body[:5], "more_body": True})
        await send({"type": "http.response.body", "body": body[5:]})

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http", "method": "GET", "path": path, "scheme": "http",
        "headers": [
            (b"host", host.encode()), (b"accept", accept.encode()), (b"accept-encoding", b"gzip"),
        ],
    }  # fmt: skip
    asyncio.run(Guard(airflow)(scope, None, send))
    headers = {name.decode(): text.decode() for name, text in sent[0]["headers"]}
    return sent[0]["status"], headers, b"".join(each.get("body", b"") for each in sent[1:])


def test_every_answer_has_the_headers():
    status, headers, body = asked("/api/v2/dags", kind=b"application/json", body=b'{"dags": 1}')
    assert (status, body) == (200, b'{"dags": 1}')
    assert {name: headers[name.lower()] for name in HEADERS} == HEADERS


def test_what_an_answer_says_itself_stays():
    _, headers, _ = asked(headers=[(b"content-security-policy", b"default-src 'none'")])
    assert headers["content-security-policy"] == "default-src 'none'"


def test_a_page_of_the_ui_gets_the_zone_s_script_and_its_new_length():
    _, headers, body = asked()
    assert body == b'<html><head><script src="/nights/zone.js"></script></head>'
    assert headers["content-length"] == str(len(body))


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/nights/pages/index.html", b"text/html"), ("/static/x.js", b"text/javascript")],
)
def test_nothing_else_is_changed(path, kind):
    _, headers, body = asked(path, kind=kind)
    assert body == b"<html><head></head>"
    assert headers["content-length"] == str(len(body))


@pytest.mark.parametrize("path", ["/", "/api/v2/dags", "/nights/pages/index.html"])
@pytest.mark.parametrize("host", ["evil.example.com", "evil.example.com:8080", "", "[::1", "a@b:x"])
def test_another_host_is_not_answered(path, host):
    status, _, body = asked(path, host)
    assert (status, body) == (421, b"This host is not served here.\n")


def test_the_hosts_are_those_of_the_settings(monkeypatch):
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://airflow.example.com/a")
    monkeypatch.setenv(
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL", "http://api-server:8080/execution/"
    )
    assert allowed_hosts() == {"airflow.example.com", "api-server", "127.0.0.1", "localhost"}
    status, headers, body = asked(host="airflow.example.com")
    assert status == 200
    assert headers["strict-transport-security"] == "max-age=31536000"
    assert b'src="/a/nights/zone.js"' in body


def test_only_the_login_may_have_scripts_within_its_page():
    _, login, _ = asked("/auth/login/")
    _, other, _ = asked("/dags")
    assert "script-src 'self' 'unsafe-inline'" in login["content-security-policy"]
    assert "script-src 'self';" in other["content-security-policy"]


@pytest.mark.parametrize(
    ("address", "scheme", "cookie"),
    [
        ("https://127.0.0.1", "https", "session=a; HttpOnly; Secure"),
        ("http://127.0.0.1:8080", "http", "session=a; HttpOnly"),
    ],
)
def test_behind_tls_airflow_knows_it_and_cookies_stay_there(monkeypatch, address, scheme, cookie):
    """The proxy asks in the clear, so by itself Airflow sets its session's cookie for that."""
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", address)
    seen = {}
    _, headers, _ = asked(headers=[(b"set-cookie", b"session=a; HttpOnly")], seen=seen)
    assert (seen["scheme"], headers["set-cookie"]) == (scheme, cookie)
