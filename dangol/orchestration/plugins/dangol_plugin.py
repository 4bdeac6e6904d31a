"""What Dangol adds to Airflow: the night's timetable, its pages, and a guard in front of the UI.

Airflow loads every file of this folder into each of its processes, so nothing here may be heavy.
"""

from __future__ import annotations

# ruff: noqa: RUF012  lists, as Airflow declares them
from typing import Any

from airflow.plugins_manager import AirflowPlugin

from dangol.orchestration.asgi import base_path
from dangol.orchestration.guard import Guard
from dangol.orchestration.night_pages import PREFIX, NightPages
from dangol.orchestration.requests import NamedRuns
from dangol.orchestration.timetable import NightTimetable


class DangolPlugin(AirflowPlugin):
    """Registers them."""

    name = "dangol"
    timetables: list[Any] = [NightTimetable]
    fastapi_apps: list[Any] = [
        {"name": "nights", "app": NightPages(), "url_prefix": PREFIX},
    ]
    # the last is the outermost
    fastapi_root_middlewares: list[Any] = [
        {"name": "named runs", "middleware": NamedRuns},
        {"name": "guard", "middleware": Guard},
    ]
    external_views: list[Any] = [
        {
            "name": "Nights",
            "href": f"{base_path()}{PREFIX}/pages/index.html",
            "destination": "nav",
            "url_route": "nights",
        },
        {
            "name": "Night's page",
            "href": f"{base_path()}{PREFIX}/run/{{RUN_ID}}",
            "destination": "dag_run",
            "url_route": "night",
        },
    ]
