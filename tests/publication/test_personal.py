"""A personal column is published only if its model says so, with a reason."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

import duckdb
import pytest

from dangol.build.project import published_attributes
from dangol.contracts.reading import load_contracts
from dangol.model_facts import permits_of
from dangol.night import Night
from dangol.publication import publish as publishing
from dangol.publication.dictionary import published_tables, render_page
from dangol.publication.personal import need_permits
from dangol.publication.publish import publish
from dangol.publication.store import PublicationError
from dangol.settings import Settings

CUSTOMERS = next(table for table in published_tables() if table.name == "customers")


def test_every_personal_column_has_a_reason_to_be_published() -> None:
    need_permits(published_tables())


@pytest.mark.parametrize(
    "table",
    [
        replace(CUSTOMERS, permits={}),
        replace(CUSTOMERS, permits={}, classes={}),  # an entity's columns of these names are
        replace(CUSTOMERS, columns=CUSTOMERS.columns | {"identifier_value": "A number."}),
        replace(CUSTOMERS, columns={"iban": "An account."}, classes={"iban": "sensitive"}),
    ],
    ids=["no permit", "by its name", "an identifier", "sensitive"],
)
def test_without_a_reason_nothing_is_published(
    table: object,
    small_home: Settings,
    tonight: Night,
    fill_build: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fill_build(tonight, customers=1)
    monkeypatch.setattr(publishing, "published_tables", lambda: (table,))
    with pytest.raises(PublicationError, match=r"customers\.\w+ is of the class .*`publish: true`"):
        publish(small_home, tonight)
    assert not small_home.published_file.is_symlink()


@pytest.mark.parametrize(
    ("meta", "expected"),
    [
        ({"publish": True, "reason": "by size"}, {"own_x": "by size"}),
        ({"publish": True}, {}),
        ({"publish": True, "reason": ""}, {}),
        ({"publish": False, "reason": "by size"}, {}),
        ({"publish": "yes", "reason": "by size"}, {}),
        ({}, {}),
    ],
)
def test_a_permit_is_a_yes_with_a_reason(meta: dict[str, object], expected: dict[str, str]) -> None:
    assert permits_of({"columns": [{"name": "own_x", "config": {"meta": meta}}]}) == expected


def test_the_grocer_s_attributes_are_published_with_reasons(small_home: Settings) -> None:
    found = published_attributes(load_contracts(small_home))
    assert ["grocer_loyalty", "age_band"] in found
    assert len(found) == 7


def test_an_attribute_without_a_reason_is_named_in_the_log(
    small_home: Settings,
    tonight: Night,
    fill_build: Callable[..., None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    fill_build(tonight, customers=1)
    with duckdb.connect(small_home.build_file) as build:
        build.execute(
            "create table cleaned.contact_attributes as select * from (values"
            " ('grocer_loyalty', 'age_band', '35-44'), ('grocer_loyalty', 'shoe_size', '230'))"
            " as given (source_system, attribute_name, attribute_value)"
        )
    with caplog.at_level(logging.WARNING):
        publish(small_home, tonight)
    assert [each for each in caplog.messages if "is not published" in each] == [
        "own_shoe_size of stg_grocer_loyalty__contact_records is not published: to publish it, say"
        " in its meta, in the model's YAML, `publish: true` and a `reason`"
    ]


def test_the_page_says_what_is_personal_and_why() -> None:
    assert "| `city` | City, where known. **Personal**: events are in cities. |" in render_page()
