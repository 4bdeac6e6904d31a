import json
from collections.abc import Callable
from datetime import date

import pytest

from dangol.night import Night
from dangol.publication.publish import publish
from dangol.publication.rollback import obey_pin, resume, rollback
from dangol.publication.store import (
    Publication,
    PublicationError,
    current_publication,
    list_publications,
    pinned,
    point_to,
)
from dangol.settings import Settings


@pytest.fixture
def three_nights(small_home: Settings, fill_build: Callable[..., None]) -> list[str]:
    """Nights with 1, 2 and 3 customers; the names of their publications."""
    for customers, day in enumerate((29, 30, 31), start=1):
        night = Night.of(date(2017, 12, day), small_home.company)
        fill_build(night, customers)
        publish(small_home, night)
    return [each.name for each in list_publications(small_home)]


def moves(settings: Settings) -> list[dict[str, str]]:
    lines = (settings.ops / "pointer_moves.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def current(settings: Settings) -> str:
    publication = current_publication(settings)
    assert publication is not None
    return publication.name


def test_by_default_it_goes_one_night_back_and_further_each_time(
    small_home: Settings, three_nights: list[str]
) -> None:
    assert rollback(small_home).name == three_nights[1]
    assert current(small_home) == pinned(small_home) == three_nights[1]
    assert rollback(small_home).name == three_nights[0]
    assert current(small_home) == three_nights[0]
    with pytest.raises(PublicationError, match="there is no earlier publication; available: "):
        rollback(small_home)
    assert current(small_home) == three_nights[0]


def test_the_night_before_is_told_by_its_day_not_by_when_it_was_made(
    small_home: Settings, three_nights: list[str], fill_build: Callable[..., None]
) -> None:
    point_to(small_home, list_publications(small_home)[-1])
    backfilled = Night.of(date(2017, 12, 1), small_home.company)
    fill_build(backfilled, 9)
    publish(small_home, backfilled)
    tonight = Night.of(date(2018, 1, 1), small_home.company)
    fill_build(tonight, 4)
    publish(small_home, tonight)
    assert rollback(small_home).name == three_nights[2]


@pytest.mark.parametrize("by", ["name", "day"])
def test_it_goes_to_the_publication_that_is_named(
    small_home: Settings, three_nights: list[str], by: str
) -> None:
    asked = three_nights[0] if by == "name" else "2017-12-29"
    assert rollback(small_home, asked).name == three_nights[0]
    assert current(small_home) == three_nights[0]


def test_of_a_day_that_was_published_twice_the_latter_is_meant(
    small_home: Settings, three_nights: list[str], fill_build: Callable[..., None], tonight: Night
) -> None:
    fill_build(tonight, 7)
    again = publish(small_home, tonight)
    assert rollback(small_home, "2017-12-31").name == again["publication"]


def test_an_unknown_publication_changes_nothing(
    small_home: Settings, three_nights: list[str]
) -> None:
    with pytest.raises(PublicationError) as error:
        rollback(small_home, "2016-01-01")
    known = ", ".join(three_nights)
    assert str(error.value) == f"there is no 2016-01-01; available: {known}"
    assert pinned(small_home) is None
    assert current(small_home) == three_nights[2]


def test_a_damaged_publication_is_not_given_to_readers(
    small_home: Settings, three_nights: list[str]
) -> None:
    file = small_home.publications / three_nights[0] / "dangol.duckdb"
    file.chmod(0o600)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(PublicationError, match="is damaged"):
        rollback(small_home, three_nights[0])
    assert current(small_home) == three_nights[2]
    assert pinned(small_home) is None


def test_the_next_night_publishes_but_does_not_undo_it_and_resume_does(
    small_home: Settings, three_nights: list[str], fill_build: Callable[..., None]
) -> None:
    rollback(small_home)
    night = Night.of(date(2018, 1, 1), small_home.company)
    fill_build(night, 4)
    outcome = publish(small_home, night)
    assert outcome == {
        "publication": "2018-01-01-0004",
        "is_current": False,
        "why_not": f"{three_nights[1]} is pinned by a rollback; `dangol resume` unpins it",
    }
    assert current(small_home) == three_nights[1]
    assert resume(small_home).name == "2018-01-01-0004"
    assert current(small_home) == "2018-01-01-0004"
    assert pinned(small_home) is None


def test_every_move_is_kept_with_its_time(small_home: Settings, three_nights: list[str]) -> None:
    rollback(small_home)
    resume(small_home)
    kept = moves(small_home)
    assert [move.pop("at")[10] for move in kept] == ["T", "T"]
    assert kept == [
        {
            "act": "rollback",
            "publication": three_nights[1],
            "rolled_back_from": three_nights[2],
        },
        {"act": "resume", "publication": three_nights[2]},
    ]


def test_a_rollback_that_died_after_its_pin_is_ended_by_the_next_night(
    small_home: Settings,
    three_nights: list[str],
    fill_build: Callable[..., None],
    tonight: Night,
) -> None:
    rollback(small_home, three_nights[0])
    point_to(small_home, list_publications(small_home)[-1])  # as if it had not come so far
    fill_build(tonight, 3)
    publish(small_home, tonight)
    assert current(small_home) == three_nights[0]


def test_a_rollback_while_a_night_points_wins(
    small_home: Settings,
    three_nights: list[str],
    fill_build: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from dangol.publication import publish as module

    def point_and_roll_back(settings: Settings, publication: Publication) -> None:
        rollback(settings, three_nights[0])
        point_to(settings, publication)

    monkeypatch.setattr(module, "point_to", point_and_roll_back)
    night = Night.of(date(2018, 1, 1), small_home.company)
    fill_build(night, 4)
    assert publish(small_home, night)["is_current"] is False
    assert current(small_home) == three_nights[0]


def test_a_damaged_pin_leaves_readers_where_they_are_and_lets_the_night_go_on(
    small_home: Settings, three_nights: list[str], fill_build: Callable[..., None]
) -> None:
    rollback(small_home, three_nights[0])
    (small_home.warehouse / "pinned.json").write_text("{", encoding="utf-8")
    night = Night.of(date(2018, 1, 1), small_home.company)
    fill_build(night, 4)
    outcome = publish(small_home, night)
    assert outcome["is_current"] is False
    assert "pinned.json is damaged, so it is unknown" in str(outcome["why_not"])
    assert current(small_home) == three_nights[0]
    assert resume(small_home).name == "2018-01-01-0004"


def test_a_damaged_manifest_lets_the_night_go_on(
    small_home: Settings,
    three_nights: list[str],
    fill_build: Callable[..., None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    manifest = small_home.publications / three_nights[2] / "publication.json"
    manifest.chmod(0o600)
    manifest.write_text('{"name": "../build.duckdb"}', encoding="utf-8")
    earlier = Night.of(date(2017, 12, 15), small_home.company)
    fill_build(earlier, 5)
    outcome = publish(small_home, earlier)
    assert outcome["publication"] == "2017-12-15-0004"
    assert outcome["is_current"] is False, "what is current is of a later day, damaged or not"
    assert f"{manifest} is damaged: restore it from a backup" in caplog.text
    night = Night.of(date(2018, 1, 1), small_home.company)
    fill_build(night, 6)
    assert publish(small_home, night) == {"publication": "2018-01-01-0005", "is_current": True}


def test_without_a_pin_there_is_nothing_to_obey(
    small_home: Settings, three_nights: list[str]
) -> None:
    obey_pin(small_home)
    assert current(small_home) == three_nights[2]


def test_before_the_first_night_there_is_nothing_to_go_to(small_home: Settings) -> None:
    with pytest.raises(PublicationError, match="nothing is published yet: run a night first"):
        resume(small_home)
    with pytest.raises(PublicationError, match="available: none"):
        rollback(small_home)
