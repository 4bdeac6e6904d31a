import asyncio

import pytest

from dangol.orchestration import night_pages


@pytest.fixture
def home(small_home, monkeypatch):
    monkeypatch.setattr(night_pages, "get_settings", lambda: small_home)
    small_home.pages.mkdir()
    (small_home.pages / "2017-12-31.html").write_text("the night")
    (small_home.home / "secret.html").write_text("the secret")
    return small_home


def asked(path, monkeypatch, may_read=True, method="GET"):
    sent = []

    async def allowed(scope):
        return may_read

    async def send(message):
        sent.append(message)

    monkeypatch.setattr(night_pages, "_may_read", allowed)
    scope = {"type": "http", "method": method, "path": f"/nights{path}", "root_path": "/nights"}
    asyncio.run(night_pages.NightPages()(scope, None, send))
    headers = {name.decode(): text.decode() for name, text in sent[0]["headers"]}
    return sent[0]["status"], headers, sent[1]["body"]


def test_a_page_is_shown_and_may_load_nothing_from_elsewhere(home, monkeypatch):
    status, headers, body = asked("/pages/2017-12-31.html", monkeypatch)
    assert (status, body) == (200, b"the night")
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["content-security-policy"].endswith("frame-ancestors 'self'")


@pytest.mark.parametrize(
    "path", ["/2017-12-31.html", "/run/manual__2017-12-31__20180101T060000", "/run/2017-12-31"]
)
def test_a_short_address_leads_to_the_page(path, home, monkeypatch):
    status, headers, _ = asked(path, monkeypatch)
    assert (status, headers["location"]) == (307, "/nights/pages/2017-12-31.html")


@pytest.mark.parametrize(
    "path",
    [
        "/pages/../secret.html",
        "/pages/%2e%2e/secret.html",
        "/pages/2018-01-01.html",
        "/home/secret.html",
        "/run/mine",
        "/",
        "",
    ],
)
def test_there_is_nothing_else(path, home, monkeypatch):
    status, _, body = asked(path, monkeypatch)
    assert (status, b"secret" in body) == (404, False)


@pytest.mark.parametrize("path", ["/pages/2017-12-31.html", "/pages/nothing.html", "/run/x"])
def test_without_a_login_not_even_that_a_page_exists_is_said(path, home, monkeypatch):
    status, headers, body = asked(path, monkeypatch, may_read=False)
    assert (status, body) == (307, b"")
    assert headers["location"] == f"/auth/login/?next=/nights{path}"


def test_the_zone_of_the_company_is_the_default_and_a_choice_stays(home, monkeypatch):
    status, headers, body = asked("/zone.js", monkeypatch, may_read=False)
    assert (status, headers["content-type"]) == (200, "text/javascript")
    assert body.decode() == (
        'if (localStorage.getItem("timezone") === null) '
        'localStorage.setItem("timezone", "\\"America/New_York\\"");\n'
    )


def test_a_page_can_only_be_read(home, monkeypatch):
    assert asked("/pages/2017-12-31.html", monkeypatch, method="POST")[0] == 405
