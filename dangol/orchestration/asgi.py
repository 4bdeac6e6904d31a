"""The few pieces of ASGI that the additions to Airflow's web server share."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any
from urllib.parse import urlsplit

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def base_url() -> str:
    """Return the address under which people open the UI."""
    return os.environ.get("AIRFLOW__API__BASE_URL", "")


def base_path() -> str:
    """Return the part of that address that comes before every path; usually empty."""
    return urlsplit(base_url()).path.rstrip("/")


def header_of(scope: Scope, name: str) -> str:
    """Return a header of a request; empty without."""
    wanted = name.lower().encode()
    return next((text.decode("latin-1") for key, text in scope["headers"] if key == wanted), "")


async def answer(
    send: Send, status: int, body: bytes, kind: str, headers: Mapping[str, str] | None = None
) -> None:
    """Send a whole response."""
    named = {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}
    await send({"type": "http.response.start", "status": status, "headers": encoded(named.items())})
    await send({"type": "http.response.body", "body": body})


def encoded(headers: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    """Return headers as ASGI writes them."""
    return [(name.lower().encode("latin-1"), text.encode("latin-1")) for name, text in headers]
