"""``dangol docs``: this machine only, those who have the address only, nothing but the pages."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from dangol.settings import Settings
from pages.serve import ServeError, open_server


@pytest.fixture
def address(small_home: Settings) -> Iterator[str]:
    small_home.pages.mkdir()
    small_home.data_docs.mkdir()
    (small_home.pages / "index.html").write_text("the nights")
    (small_home.pages / "link.html").symlink_to(small_home.home / "secret.txt")
    (small_home.data_docs / "index.html").write_text("the gates")
    (small_home.home / "secret.txt").write_text("secret")
    server, address = open_server(small_home, 0)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield address
    server.shutdown()
    thread.join()
    server.server_close()


def ask(
    address: str, path: str | None = None, host: str | None = None, method: str = "GET"
) -> tuple[int, str, http.client.HTTPResponse]:
    """Send a request as it is written; return the status and the text."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection("127.0.0.1", parts.port or 0, timeout=10)
    connection.putrequest(method, path or parts.path, skip_host=True)
    connection.putheader("Host", host or parts.netloc)
    connection.endheaders()
    answer = connection.getresponse()
    return answer.status, answer.read().decode(), answer


def test_the_nights_and_the_gates_are_served(address: str) -> None:
    assert ask(address)[:2] == (200, "the nights")
    secret = urlsplit(address).path.split("/")[1]
    assert ask(address, f"/{secret}/data_docs/index.html")[:2] == (200, "the gates")
    assert ask(address, method="HEAD")[:2] == (200, "")


def test_it_listens_on_the_loopback_interface_only(small_home: Settings) -> None:
    small_home.pages.mkdir()
    (small_home.pages / "index.html").touch()
    server, address = open_server(small_home, 0)
    with server:
        assert server.server_address[0] == "127.0.0.1"
    assert address.startswith("http://127.0.0.1:")


@pytest.mark.parametrize(
    "path",
    [
        "/", "/pages/index.html", "/wrong/pages/index.html", "/{secret}", "/{secret}/",
        "/{secret}/pages", "/{secret}/pages/", "/{secret}/secret.txt", "/{secret}/pages/none.html",
        "/{secret}/pages/../secret.txt", "/{secret}/pages/%2e%2e/secret.txt",
        "/{secret}/pages/..%2fsecret.txt", "/{secret}/pages/link.html",
        "/{secret}/pages//etc/passwd", "/{secret}/../pages/index.html", "/{secret}/pages/%00",
        "/{secret}/ops/secret.txt",
    ],
)  # fmt: skip
def test_nothing_else_is(address: str, path: str) -> None:
    secret = urlsplit(address).path.split("/")[1]
    status, text, _ = ask(address, path.format(secret=secret))
    assert (status, "secret" in text) == (404, False)


def test_a_name_of_somebody_else_s_that_points_here_gets_nothing(address: str) -> None:
    assert ask(address, host="evil.example")[0] == 404
    assert ask(address, host=f"localhost:{urlsplit(address).port}")[0] == 200


def test_the_secret_is_new_each_time(small_home: Settings) -> None:
    small_home.pages.mkdir()
    (small_home.pages / "index.html").touch()
    paths = set()
    for _ in range(2):
        server, address = open_server(small_home, 0)
        server.server_close()
        paths.add(urlsplit(address).path)
    assert len(paths) == 2


def test_nothing_that_is_served_may_load_anything_from_elsewhere(address: str) -> None:
    _, _, answer = ask(address)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "http" not in policy
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_port_that_is_taken_and_a_home_without_pages_are_said(
    small_home: Settings, address: str
) -> None:
    with pytest.raises(ServeError, match=r"Address already in use.*; choose another with --port"):
        open_server(small_home, urlsplit(address).port or 0)
    (small_home.pages / "index.html").unlink()
    with pytest.raises(ServeError, match="has no page yet: the first night writes one"):
        open_server(small_home, 0)
