"""The nights' pages within Airflow's UI, for those who may see the runs of ``nightly`` there.

The same files as those of ``dangol docs``, under ``/nights``. Airflow's own login decides, and the
headers of `pages.serve` say that a page may load nothing from elsewhere.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote

from dangol.errors import DangolError
from dangol.orchestration.asgi import Receive, Scope, Send, answer, base_path, header_of
from dangol.settings import get_settings
from pages.serve import HEADERS, POLICY, TYPES, file_of, folders_of, headers_of

PREFIX = "/nights"


def _framed(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers with which Airflow's UI may frame a page."""
    policy = headers[POLICY].replace("frame-ancestors 'none'", "frame-ancestors 'self'")
    return {**headers, POLICY: policy}


_HEADERS = _framed(HEADERS)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_PAGE = re.compile(rf"/({_DAY.pattern})\.html")
_FORBIDDEN = b"The nights are for whoever may see the runs of the DAG nightly.\n"
_NONE = b"There is no such page (yet): a night writes its page when it ends.\n"


class NightPages:
    """An ASGI application that Airflow mounts under `PREFIX`."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request with a file, for those who may see it."""
        if scope["type"] != "http":
            return
        path = scope["path"].removeprefix(scope.get("root_path", "")).removeprefix(PREFIX)
        if path == "/zone.js":
            await answer(send, 200, _zone_script(), "text/javascript", _HEADERS)
        elif scope["method"] not in {"GET", "HEAD"}:
            await answer(send, 405, b"", "text/plain", _HEADERS)
        elif (user := await _user(scope)) is None:
            login = f"{base_path()}/auth/login/?next={quote(base_path() + PREFIX + path)}"
            await _redirect(send, login)
        elif not await _may_read(user):
            await answer(send, 403, _FORBIDDEN, "text/plain", _HEADERS)
        elif short := _short(path):
            await _redirect(send, f"{base_path()}{PREFIX}/pages/{short}.html")
        else:
            await _send_file(path, send)


def _short(path: str) -> str:
    """Return the business date of a short address: ``/<date>.html`` or ``/run/<run ID>``."""
    if page := _PAGE.fullmatch(path):
        return page[1]
    day = _DAY.search(path) if path.startswith("/run/") else None
    return day[0] if day else ""


async def _send_file(path: str, send: Send) -> None:
    file = file_of(folders_of(get_settings()), unquote(path).replace("\0", "/").split("/")[1:])
    if file is None:
        await answer(send, 404, _NONE, "text/plain", _HEADERS)
        return
    kind = TYPES.get(file.suffix, "application/octet-stream")
    content = await asyncio.to_thread(file.read_bytes)
    await answer(send, 200, content, kind, _framed(headers_of(file)))


async def _redirect(send: Send, address: str) -> None:
    await answer(send, 307, b"", "text/plain", {**_HEADERS, "Location": address})


async def _user(scope: Scope) -> Any:
    """Return the user whom Airflow knows; None if nobody is logged in."""
    from airflow.api_fastapi.core_api.security import get_user
    from fastapi import HTTPException, Request
    from fastapi.security import HTTPAuthorizationCredentials

    scheme, _, token = header_of(scope, "authorization").partition(" ")
    bearer = HTTPAuthorizationCredentials(scheme=scheme, credentials=token) if token else None
    try:
        return await get_user(Request(scope), None, bearer)
    except HTTPException:
        return None


async def _may_read(user: Any) -> bool:
    """Whether Airflow lets a user see the runs of ``nightly``."""
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.models.resource_details import (
        DagAccessEntity,
        DagDetails,
    )

    return bool(
        await asyncio.to_thread(
            get_auth_manager().is_authorized_dag,
            method="GET",
            access_entity=DagAccessEntity.RUN,
            details=DagDetails(id="nightly"),
            user=user,
        )
    )


def _zone_script() -> bytes:
    """Return the script that makes the company's zone the UI's default."""
    try:
        zone = get_settings().company.timezone
    except DangolError:
        return b""
    value = json.dumps(json.dumps(zone))
    return (
        f'if (localStorage.getItem("timezone") === null) '
        f'localStorage.setItem("timezone", {value});\n'
    ).encode()
