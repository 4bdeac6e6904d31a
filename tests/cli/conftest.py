"""Homes that commands find in the environment."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from dangol.files import write_whole
from dangol.night import Night
from dangol.publication.publish import publish
from dangol.settings import Settings, get_settings
from demo.exports import SYSTEMS


@pytest.fixture
def home(small_home: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """The small home as the one that commands find in the environment."""
    toml = 'name = "Small Grocer"\ntimezone = "America/New_York"\ncurrency = "USD"\n'
    toml += f"systems = {json.dumps(SYSTEMS)}\n"
    write_whole(small_home.company_folder / "company.toml", toml.encode())
    monkeypatch.setenv("DANGOL_HOME", str(small_home.home))
    monkeypatch.setenv("DANGOL_THREADS", "1")
    get_settings.cache_clear()
    yield small_home
    get_settings.cache_clear()


@pytest.fixture
def published(
    home: Settings, last_night: Night, tonight: Night, fill_build: Callable[..., None]
) -> Settings:
    """Two nights are published, with 2 and 3 customers."""
    for night, customers in ((last_night, 2), (tonight, 3)):
        fill_build(night, customers)
        publish(home, night)
    return home
