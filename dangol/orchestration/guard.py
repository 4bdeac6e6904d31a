"""Stands in front of Airflow's UI: who may be asked for, what a browser may do with the answers.

Airflow 3.3 sets no security headers and answers to any name, so that a page elsewhere whose name
points here could read along. It also shows times in the browser's zone; here the company's is the
default, until a person chooses another.
"""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from dangol.orchestration.asgi import (
    App,
    Message,
    Receive,
    Scope,
    Send,
    answer,
    base_path,
    base_url,
    encoded,
    header_of,
)

HEADERS = {
    "Content-Security-Policy": "default-src 'self'; script-src 'self'; worker-src 'self' blob:;"
    " style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:;"
    " object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_LOGIN_SCRIPTS = "script-src 'self' 'unsafe-inline'"
"""The login form of Airflow's production login has scripts within its page."""

ZONE_SCRIPT = "/nights/zone.js"


class Guard:
    """Middleware of Airflow's web server, around all others.

    Parameters
    ----------
    app
        What it stands in front of.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._hosts = allowed_hosts()
        self._path = base_path()
        self._is_secure = urlsplit(base_url()).scheme == "https"
        self._headers = {each: _headers(each, self._is_secure) for each in (False, True)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request to another host; else answer it with the headers."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        if _host_of(header_of(scope, "host")) not in self._hosts:
            if scope["type"] == "http":
                await answer(send, 421, b"This host is not served here.\n", "text/plain")
            else:
                await send({"type": "websocket.close", "code": 1008})
            return
        if self._is_secure:  # a proxy ended TLS: Airflow itself was asked without it
            scope = {**scope, "scheme": "wss" if scope["type"] == "websocket" else "https"}
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
            return
        path = scope["path"].removeprefix(self._path)
        is_login = path.startswith("/auth")
        is_ours = path.startswith("/nights/")
        script = "" if is_ours else f"{self._path}{ZONE_SCRIPT}"
        page = _Page(send, script, self._headers[is_login], self._is_secure)
        if "text/html" in header_of(scope, "accept"):
            # a page is small, and can only be added to while it is not compressed
            kept = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
            scope = {**scope, "headers": kept}
        await self._app(scope, receive, page.send)


class _Page:
    """Adds headers to a response and, if it is a page of the UI, the script for the time zone.

    Behind TLS, its cookies are never to be sent without it: Airflow says so of one of its two.
    """

    def __init__(self, send: Send, script: str, headers: dict[str, str], is_secure: bool) -> None:
        self._send, self._headers, self._is_secure = send, headers, is_secure
        self._tag = f'<script src="{script}"></script>'.encode() if script else b""
        self._start: Message = {}
        self._body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            there = {name.lower() for name, _ in message["headers"]}
            more = [pair for pair in encoded(self._headers.items()) if pair[0] not in there]
            own = [self._cookie(*pair) for pair in message["headers"]]
            message = {**message, "headers": [*own, *more]}
            kind = next((text for name, text in message["headers"] if name == b"content-type"), b"")
            if self._tag and kind.startswith(b"text/html"):
                self._start = message
                return
        elif self._start:
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                await self._send_page()
            return
        await self._send(message)

    def _cookie(self, name: bytes, text: bytes) -> tuple[bytes, bytes]:
        is_open = (
            self._is_secure and name.lower() == b"set-cookie" and b"secure" not in text.lower()
        )
        return name, text + b"; Secure" if is_open else text

    async def _send_page(self) -> None:
        body = self._body.replace(b"<head>", b"<head>" + self._tag, 1)
        headers = [pair for pair in self._start["headers"] if pair[0] != b"content-length"]
        headers.append((b"content-length", str(len(body)).encode()))
        await self._send({**self._start, "headers": headers})
        await self._send({"type": "http.response.body", "body": body})


def allowed_hosts() -> set[str]:
    """Return the names under which Airflow's web server is asked for.

    Returns
    -------
    set of str
        Those of its own settings, and this machine's own, for health checks.
    """
    addresses = (base_url(), os.environ.get("AIRFLOW__CORE__EXECUTION_API_SERVER_URL", ""))
    named = {urlsplit(address).hostname or "" for address in addresses} - {""}
    return named | {"127.0.0.1", "localhost"}


def _host_of(header: str) -> str:
    try:
        return urlsplit(f"//{header}").hostname or ""
    except ValueError:
        return ""


def _headers(is_login: bool, is_secure: bool) -> dict[str, str]:
    headers = dict(HEADERS)
    if is_login:
        policy = headers["Content-Security-Policy"]
        headers["Content-Security-Policy"] = policy.replace("script-src 'self'", _LOGIN_SCRIPTS, 1)
    if is_secure:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers
