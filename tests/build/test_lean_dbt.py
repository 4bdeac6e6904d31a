"""What dbt is spared when it reads a project changes nothing of what it finds."""

import shutil
from contextlib import nullcontext
from typing import Any

import pytest

from dangol.build import transform
from dangol.settings import Settings

OF_THE_CLOCK = {
    "created_at",
    "generated_at",
    "invocation_id",
    "invocation_started_at",
    "modification_time",
    "run_started_at",
}


def without_clock(found: Any) -> Any:
    if isinstance(found, dict):
        return {
            key: without_clock(value) for key, value in found.items() if key not in OF_THE_CLOCK
        }
    return [without_clock(each) for each in found] if isinstance(found, list) else found


def test_dbt_finds_the_same_in_a_project(
    small_home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read() -> Any:
        transform._parse.cache_clear()
        shutil.rmtree(small_home.dbt, ignore_errors=True)
        _, manifest = transform.parse_project(small_home)
        return without_clock(manifest.to_dict())

    lean = read()
    monkeypatch.setattr(transform, "lean_reading", nullcontext)
    assert lean == read()
    assert len(lean["nodes"]) > 50
    transform._parse.cache_clear()
