"""Names the runs that people trigger after their business date.

Airflow names a run before anything of ours sees what its form asks for. So the request is completed
on its way in: what it leaves open, the run's ID and its partition key, is written into it.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime

from dangol.errors import DangolError
from dangol.night import Night
from dangol.orchestration.asgi import App, Message, Receive, Scope, Send, base_path
from dangol.settings import Company, get_settings

_PATH = "/api/v2/dags/nightly/dagRuns"
_PATH_OF_TASKS = "/execution/dag-runs/nightly/"
"""Of the API in which tasks of `backfill` start nights; the run's ID is in the path."""

_LARGEST = 65_536
"""Bytes of a request that is read; a larger one passes as it is."""


class NamedRuns:
    """Middleware of Airflow's web server.

    Parameters
    ----------
    app
        What gets the completed requests.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._path = base_path() + _PATH
        self._path_of_tasks = re.compile(re.escape(base_path() + _PATH_OF_TASKS) + "[^/]+")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Complete a request that triggers a night; pass all others on."""
        is_post = scope["type"] == "http" and scope["method"] == "POST"
        is_of_task = is_post and self._path_of_tasks.fullmatch(scope["path"]) is not None
        if not is_of_task and not (is_post and scope["path"] == self._path):
            await self._app(scope, receive, send)
            return
        read: list[Message] = []
        is_whole, body = False, b""
        while not is_whole and len(body) <= _LARGEST:
            read.append(await receive())
            body += read[-1].get("body", b"")
            is_whole = not read[-1].get("more_body")
        if is_whole and len(body) <= _LARGEST and read[-1]["type"] == "http.request":
            body = completed(body, datetime.now(UTC), _company(), has_id=is_of_task)
            read = [{"type": "http.request", "body": body, "more_body": False}]
            kept = [pair for pair in scope["headers"] if pair[0] != b"content-length"]
            length = (b"content-length", str(len(body)).encode())
            scope = {**scope, "headers": [*kept, length]}

        async def replay() -> Message:
            return read.pop(0) if read else await receive()

        await self._app(scope, replay, send)


def _company() -> Company | None:
    try:
        return get_settings().company
    except DangolError:
        return None


def completed(body: bytes, now: datetime, company: Company | None, has_id: bool = False) -> bytes:
    """Return the body of a request to run a night, with the business date in its run's ID and key.

    Parameters
    ----------
    body
        JSON, as Airflow's API takes it.
    now
        Decides which business day is the last that is over, for a request without a date.
    company
        None if it is not described; then such a request stays as it is.
    has_id
        Whether the run's ID is said elsewhere.

    Returns
    -------
    bytes
        Unchanged if there is nothing to add, or if it is not what Airflow will take.
    """
    from dangol.orchestration.timetable import run_id

    try:
        request = json.loads(body)
        conf = request.get("conf") or {}
        asked = conf.get("business_date") or request.get("partition_key")
        if asked:
            day = date.fromisoformat(asked)
        elif company is not None:
            day = Night.ending_by(now, company).business_date
        else:
            return body
    except (ValueError, TypeError, AttributeError):
        return body
    request["partition_key"] = request.get("partition_key") or day.isoformat()
    if not has_id:
        request["dag_run_id"] = request.get("dag_run_id") or run_id("manual", day.isoformat(), now)
    return json.dumps(request).encode()
