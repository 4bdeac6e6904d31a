"""A home whose publications are single files goes on as it is: they are read and rolled back to."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import date

import pytest

from dangol.build.published import open_published
from dangol.night import Night
from dangol.nightly.report import render_report
from dangol.publication.layout import database_of
from dangol.publication.publish import publish
from dangol.publication.rollback import resume, rollback
from dangol.publication.store import current_publication, list_publications, verify
from dangol.settings import Settings

EARLIER = ("dangol-2017-12-28-0001.duckdb", "dangol-2017-12-29-0002.duckdb")


@pytest.fixture
def home(small_home: Settings, fill_build: Callable[..., None]) -> Settings:
    """Two nights, published as nights did before publications became folders."""
    for customers, (day, name) in enumerate(zip((28, 29), EARLIER, strict=True), start=1):
        night = Night.of(date(2017, 12, day), small_home.company)
        fill_build(night, customers)
        folder = small_home.publications / str(publish(small_home, night)["publication"])
        told = json.loads((folder / "publication.json").read_text(encoding="utf-8"))
        del told["files"]
        file = small_home.publications / name
        (folder / "dangol.duckdb").rename(file)
        file.chmod(0o600)
        (folder / "publication.json").unlink()
        folder.rmdir()
        manifest = json.dumps(told | {"name": name}, indent=2)
        file.with_suffix(".json").write_text(manifest, encoding="utf-8")
        small_home.published_file.unlink()
        small_home.published_file.symlink_to(f"publications/{name}")
        record = small_home.ops / "publications" / f"{night.business_date}.jsonl"
        text = record.read_text(encoding="utf-8")
        record.write_text(text.replace(folder.name, name), encoding="utf-8")
    return small_home


def customers(settings: Settings) -> int:
    with open_published(settings) as published:
        ((count,),) = published.execute("select count(*) from customer_view.customers").fetchall()
    return int(count)


def publish_night(settings: Settings, fill_build: Callable[..., None], day: int) -> str:
    night = Night.of(date(2017, 12, day), settings.company)
    fill_build(night, day)
    return str(publish(settings, night)["publication"])


def test_what_is_published_is_read_and_verified(home: Settings) -> None:
    publications = list_publications(home)
    assert [each.name for each in publications] == list(EARLIER)
    assert current_publication(home) == publications[-1]
    for publication in publications:
        verify(home, publication)
    assert customers(home) == 2
    assert "2017-12-29" in render_report(home, Night.of(date(2017, 12, 29), home.company))


def test_the_next_night_publishes_a_folder_beside_them_and_a_rollback_leads_back(
    home: Settings, fill_build: Callable[..., None]
) -> None:
    assert publish_night(home, fill_build, 30) == "2017-12-30-0003"
    assert os.readlink(home.published_file) == "publications/2017-12-30-0003/dangol.duckdb"
    assert customers(home) == 30
    assert rollback(home).name == EARLIER[1]
    assert os.readlink(home.published_file) == f"publications/{EARLIER[1]}"
    assert customers(home) == 2
    assert database_of(home, EARLIER[1]).stat().st_mode & 0o777 == 0o400
    assert rollback(home, EARLIER[0]).name == EARLIER[0]
    assert resume(home).name == "2017-12-30-0003"


def test_they_are_pruned_in_their_turn(home: Settings, fill_build: Callable[..., None]) -> None:
    names = [publish_night(home, fill_build, day) for day in (30, 31)]
    assert sorted(each.name for each in home.publications.iterdir()) == sorted(
        [*names, EARLIER[1], EARLIER[1].replace(".duckdb", ".json")]
    )


def test_a_night_that_was_published_before_is_not_published_again(
    home: Settings, fill_build: Callable[..., None]
) -> None:
    night = Night.of(date(2017, 12, 29), home.company)
    fill_build(night, 2)
    assert publish(home, night) == {"publication": EARLIER[1], "is_current": True}


def test_a_pin_of_before_holds(home: Settings, fill_build: Callable[..., None]) -> None:
    rollback(home, EARLIER[0])
    publish_night(home, fill_build, 30)
    assert customers(home) == 1
