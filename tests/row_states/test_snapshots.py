"""Who is in a snapshot is active; who is marked as deleted, or absent from a full one, is not."""

from __future__ import annotations

from datetime import date

from dangol.build.published import open_published
from dangol.night import Night
from dangol.nightly.steps import run_night
from tests.row_states.conftest import Shop
from tests.row_states.members import ABSENT, Members


def test_who_is_marked_as_deleted_is_inactive_from_that_day_until_they_come_back(
    shop: Shop,
) -> None:
    members = Members(shop, "delta_snapshot")
    members.land("members_2017-01-02.csv", "a,Seoul", "b,Busan")
    assert shop.night("2017-01-02") == {}
    members.land("members_2017-01-03.csv", "a,Seoul,,2017-01-03")
    assert shop.night("2017-01-03") == {}
    assert members.known() == {"a": ("Seoul", "2017-01-03"), "b": ("Busan", None)}
    members.land("members_2017-01-05.csv", "a,Daegu")
    assert shop.night("2017-01-05") == {}
    assert members.known() == {"a": ("Daegu", None), "b": ("Busan", None)}
    night_by_night = shop.tables()
    assert shop.rebuilt("2017-01-05") == {}
    assert shop.tables() == night_by_night


def test_who_is_absent_from_a_delta_has_not_changed(shop: Shop) -> None:
    members = Members(shop, "delta_snapshot")
    members.land("members_2017-01-02.csv", "a,Seoul", "b,Busan")
    members.land("members_2017-01-03.csv")
    members.land("members_2017-01-04.csv", "b,Jeju")
    assert shop.night("2017-01-04") == {}
    assert members.known() == {"a": ("Seoul", None), "b": ("Jeju", None)}


def test_who_is_absent_from_a_full_snapshot_is_inactive_from_that_day_until_they_come_back(
    shop: Shop,
) -> None:
    members = Members(shop, "full_snapshot", absentAtMost=0.5)
    members.land("members_2017-01-02.csv", "a,Seoul", "b,Busan", "c,Jeju")
    assert shop.night("2017-01-02") == {}
    members.land("members_2017-01-03.csv", "b,Busan", "c,Jeju,,yes")
    assert shop.night("2017-01-03") == {}
    assert members.known() == {
        "a": ("Seoul", "2017-01-03"), "b": ("Busan", None), "c": ("Jeju", "2017-01-03"),
    }  # fmt: skip
    members.land("members_2017-01-04.csv", "a,Daegu", "b,Busan", "c,Jeju")
    assert shop.night("2017-01-04") == {}
    assert members.known() == {"a": ("Daegu", None), "b": ("Busan", None), "c": ("Jeju", None)}
    night_by_night = shop.tables()
    assert shop.rebuilt("2017-01-04") == {}
    assert shop.tables() == night_by_night


def test_a_snapshot_that_lacks_too_many_stops_the_night_until_it_is_corrected(shop: Shop) -> None:
    members = Members(shop, "full_snapshot", absentAtMost=0.25)
    everyone = [f"m{number},Seoul" for number in range(8)]
    members.land("members_2017-01-02.csv", *everyone)
    assert shop.night("2017-01-02") == {}
    members.land("members_2017-01-03.csv", *everyone[3:])
    failed = shop.night("2017-01-03")
    assert set(failed) == {ABSENT}
    assert "known_count=8, absent_count=3" in failed[ABSENT]
    members.land("members_2017-01-03.csv", *everyone[2:])
    assert shop.night("2017-01-03") == {}
    assert [since for _, since in members.known().values()] == ["2017-01-03"] * 2 + [None] * 6


def test_an_empty_full_snapshot_stops_the_night(shop: Shop) -> None:
    members = Members(shop, "full_snapshot")
    members.land("members_2017-01-02.csv", "a,Seoul")
    assert shop.night("2017-01-02") == {}
    members.land("members_2017-01-03.csv")
    assert set(shop.night("2017-01-03")) == {ABSENT}


def test_a_delta_that_was_wrong_is_taken_back_by_its_correction(shop: Shop) -> None:
    """Without it, Anna would be deleted for good: the correction has no row of hers."""
    members = Members(shop, "delta_snapshot")
    members.land("members_2017-01-02.csv", "anna,Seoul", "b,Busan")
    assert shop.night("2017-01-02") == {}
    members.land("members_2017-01-03.csv", "anna,Seoul,,yes", "b,Jeju", "new,Daegu")
    assert shop.night("2017-01-03") == {}
    assert members.known()["anna"] == ("Seoul", "2017-01-03")
    members.land("members_2017-01-03_r1.csv", "b,Jeju")
    assert shop.night("2017-01-04") == {}
    assert members.known() == {"anna": ("Seoul", None), "b": ("Jeju", None)}
    night_by_night = shop.tables()
    assert shop.rebuilt("2017-01-04") == {}
    assert shop.tables() == night_by_night


def test_a_late_delta_changes_only_what_no_later_one_has(shop: Shop) -> None:
    members = Members(shop, "delta_snapshot")
    members.land("members_2017-01-02.csv", "a,Seoul", "b,Busan")
    members.land("members_2017-01-04.csv", "a,Jeju")
    assert shop.night("2017-01-04") == {}
    members.land("members_2017-01-03.csv", "a,Daegu,,yes", "b,Daegu,,yes")
    assert shop.night("2017-01-05") == {}
    assert members.known() == {"a": ("Jeju", None), "b": ("Daegu", "2017-01-03")}


AMBIGUOUS = "every row of tonight's snapshots has a key of its own"


def test_one_key_twice_in_a_snapshot_stops_the_night_without_showing_it(shop: Shop) -> None:
    members = Members(shop, "full_snapshot")
    members.land("members_2017-01-02.csv", "mia,Seoul", "mia,Busan", "b,Jeju")
    failed = shop.night("2017-01-02")
    assert set(failed) == {AMBIGUOUS}
    assert "file=members_2017-01-02.csv" in failed[AMBIGUOUS]
    assert "ambiguous_count=2" in failed[AMBIGUOUS]
    assert "mia" not in failed[AMBIGUOUS]
    members.land("members_2017-01-02.csv", "mia,Busan", "b,Jeju")
    assert shop.night("2017-01-02") == {}


def test_exact_doubles_in_a_snapshot_stop_the_night_unless_they_are_set_aside(shop: Shop) -> None:
    members = Members(shop, "full_snapshot")
    members.land("members_2017-01-02.csv", "a,Seoul", "a,Seoul", "b,Jeju")
    assert set(shop.night("2017-01-02")) == {AMBIGUOUS}
    members = Members(shop, "full_snapshot", exactDoubles="set_aside")
    assert shop.night("2017-01-02") == {}
    assert members.known() == {"a": ("Seoul", None), "b": ("Jeju", None)}


def test_an_attribute_of_the_company_s_own_follows_the_last_snapshot(shop: Shop) -> None:
    members = Members(shop, "delta_snapshot")
    members.land("members_2017-01-02.csv", "m1,Seoul,270", "m2,Busan,250")
    members.land("members_2017-01-03.csv", "m1,Seoul,275", "m2,Busan,")
    shop.land("sales_2017-01-03.csv", "a,1,p1,1,1.00,m1", "b,1,p1,1,1.00,m2")
    run_night(shop.settings, Night.of(date(2017, 1, 3), shop.settings.company))
    with open_published(shop.settings) as tables:
        assert tables.execute(
            "select attribute_name, attribute_value from customer_view.customer_attributes"
        ).fetchall() == [("shoe_size", "275")]


def test_rows_of_a_snapshot_that_name_nobody_or_do_not_count_are_counted_by_reason(
    shop: Shop,
) -> None:
    members = Members(shop, "full_snapshot", absentAtMost=1)
    staging = shop.settings.company_folder / "systems" / "club" / "stg_club__contact_records.sql"
    reason = "case when city = 'Nowhere' then 'a test account' end as set_aside_reason,"
    staging.write_text(staging.read_text().replace("_load_id,", f"{reason} _load_id,"))
    members.land("members_2017-01-02.csv", "a,Seoul", "-,Busan", "NULL,Jeju", "t,Nowhere")
    assert shop.night("2017-01-02") == {}
    members.land("members_2017-01-03.csv", "a,Seoul", "t,Nowhere")
    assert shop.night("2017-01-03") == {}
    assert members.known() == {"a": ("Seoul", None)}
    counted = "select load_id, state_reason, row_count from cleaned.unused_descriptions"
    night_by_night = shop.ask(f"{counted} order by all")
    assert night_by_night == [
        ("club.members.000001", "a test account", 1),
        ("club.members.000001", "it has no record_id", 2),
        ("club.members.000002", "a test account", 1),
    ]
    assert shop.rebuilt("2017-01-03") == {}
    assert shop.ask(f"{counted} order by all") == night_by_night


def test_a_page_without_changes_belongs_to_the_snapshot_of_its_day(shop: Shop) -> None:
    members = Members(
        shop, "full_snapshot", filePattern=r"members_{date}_{part}\.csv", absentAtMost=0.4
    )
    members.land("members_2017-01-02_1.csv", "a,Seoul", "b,Busan")
    members.land("members_2017-01-02_2.csv", "c,Jeju")
    assert shop.night("2017-01-02") == {}
    members.land("members_2017-01-03_1.csv", "a,Seoul", "b,Busan")
    members.land("members_2017-01-03_2.csv", "c,Jeju", "d,Jeju")
    assert shop.night("2017-01-03") == {}
    assert {since for _, since in members.known().values()} == {None}
    members.land("members_2017-01-04_1.csv", "a,Seoul")
    members.land("members_2017-01-04_2.csv", "c,Jeju", "d,Jeju")
    assert shop.night("2017-01-04") == {}
    assert {who: since for who, (_, since) in members.known().items()} == {
        "a": None, "b": "2017-01-04", "c": None, "d": None,
    }  # fmt: skip
    night_by_night = shop.tables()
    assert shop.rebuilt("2017-01-04") == {}
    assert shop.tables() == night_by_night
