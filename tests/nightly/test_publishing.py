"""A publication has the documentation of its models, or is made without it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from dangol.build.transform import LayerFailedError
from dangol.night import Night
from dangol.nightly.publishing import publish_night
from dangol.publication import dbt_docs
from dangol.publication.layout import DOCS, manifest_of
from dangol.publication.store import list_publications
from dangol.settings import Settings


def test_a_publication_has_the_documentation_of_its_models(
    small_home: Settings,
    last_night: Night,
    tonight: Night,
    fill_build: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dbt_docs, "generate_docs", lambda _: b"<html>models")
    for number, night in enumerate((last_night, tonight)):
        fill_build(night, 2 + number)
        publish_night(small_home, night)
        monkeypatch.setattr(dbt_docs, "project_digest", lambda _: "other models")
        monkeypatch.setattr(dbt_docs, "generate_docs", lambda _: b"<html>other models")
    found = [each.file(small_home).with_name(DOCS) for each in list_publications(small_home)]
    assert [file.read_bytes() for file in found] == [b"<html>models", b"<html>other models"]
    assert {oct(file.stat().st_mode & 0o777) for file in found} == {"0o400"}
    manifest = manifest_of(small_home, found[1].parent.name)
    assert list(json.loads(manifest.read_text())["files"]) == [DOCS]


def test_documentation_that_can_not_be_made_costs_the_night_nothing(
    small_home: Settings,
    tonight: Night,
    fill_build: Callable[..., None],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(_: Settings) -> bytes:
        raise LayerFailedError("dbt's documentation was not made")

    monkeypatch.setattr(dbt_docs, "generate_docs", fail)
    fill_build(tonight, 2)
    assert publish_night(small_home, tonight)["is_current"]
    assert "dbt's documentation was not made" in caplog.text
    assert not list_publications(small_home)[0].files
