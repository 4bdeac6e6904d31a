import asyncio
from importlib.util import module_from_spec, spec_from_file_location

import pytest

from dangol.orchestration import night_pages
from dangol.settings import PROJECT_ROOT


@pytest.fixture
def home(small_home, monkeypatch):
    monkeypatch.setattr(night_pages, "get_settings", lambda: small_home)
    small_home.pages.mkdir()
    (small_home.pages / "2017-12-31.html").write_text("the night")
    (small_home.home / "secret.html").write_text("the secret")
    return small_home


def asked(path, monkeypatch, user="an analyst", may_read=True, method="GET"):
    sent = []

    async def known(scope):
        return user

    async def allowed(user):
        return may_read

    async def send(message):
        sent.append(message)

    monkeypatch.setattr(night_pages, "_user", known)
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
    assert "script" not in headers["content-security-policy"]


def test_dbt_s_documentation_runs_its_scripts_in_an_origin_of_its_own(home, monkeypatch):
    """A description may have markup, and must not act as the person who is logged in."""
    (home.pages / "models-0123456789ab.html").write_text("the models")
    _, headers, _ = asked("/pages/models-0123456789ab.html", monkeypatch)
    policy = headers["content-security-policy"]
    assert "frame-ancestors 'self';" in policy
    assert policy.endswith("; script-src 'unsafe-inline' 'unsafe-eval'; sandbox allow-scripts")


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
    status, headers, body = asked(path, monkeypatch, user=None)
    assert (status, body) == (307, b"")
    assert headers["location"] == f"/auth/login/?next=/nights{path}"


def test_who_may_not_see_the_runs_is_told_so_and_not_sent_to_the_login_again(home, monkeypatch):
    for path in ("/pages/2017-12-31.html", "/run/manual__2017-12-31__1"):
        status, headers, body = asked(path, monkeypatch, may_read=False)
        assert (status, headers.get("location")) == (403, None)
        assert body == b"The nights are for whoever may see the runs of the DAG nightly.\n"


def test_the_menu_leads_to_where_the_ui_is_served(monkeypatch):
    path = PROJECT_ROOT / "dangol" / "orchestration" / "plugins" / "dangol_plugin.py"
    spec = spec_from_file_location("plugin_below_a_path", path)
    for base, before in (("https://airflow.example.com/a/", "/a"), ("http://127.0.0.1:8080", "")):
        monkeypatch.setenv("AIRFLOW__API__BASE_URL", base)
        plugin = module_from_spec(spec)
        spec.loader.exec_module(plugin)
        assert [view["href"] for view in plugin.DangolPlugin.external_views] == [
            f"{before}/nights/pages/index.html",
            f"{before}/nights/run/{{RUN_ID}}",
        ]


def test_the_zone_of_the_company_is_the_default_and_a_choice_stays(home, monkeypatch):
    status, headers, body = asked("/zone.js", monkeypatch, user=None)
    assert (status, headers["content-type"]) == (200, "text/javascript")
    assert body.decode() == (
        'if (localStorage.getItem("timezone") === null) '
        'localStorage.setItem("timezone", "\\"America/New_York\\"");\n'
    )


def test_a_page_can_only_be_read(home, monkeypatch):
    assert asked("/pages/2017-12-31.html", monkeypatch, method="POST")[0] == 405
