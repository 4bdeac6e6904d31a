"""Rows that only describe something arrive in every staging model of their stream."""

from __future__ import annotations

import pytest

from tests.row_states.conftest import Shop
from tests.row_states.members import Members
from tests.row_states.test_changes import read, whole_night

pytestmark = pytest.mark.end_to_end

ARRIVES = "every row of tonight's files arrives in the staging models of what its stream describes"


def test_a_staging_model_that_leaves_people_out_stops_the_night(shop: Shop) -> None:
    members = Members(shop, "full_snapshot")
    staging = shop.settings.company_folder / "systems" / "club" / "stg_club__contact_records.sql"
    sound = staging.read_text(encoding="utf-8")
    staging.write_text(f"{sound}where city is not null\n", encoding="utf-8")
    members.land("members_2017-01-02.csv", "a,Seoul", "b", "c")
    failed = shop.night("2017-01-02")
    assert set(failed) == {ARRIVES}
    assert "file=members_2017-01-02.csv" in failed[ARRIVES]
    assert "rows_loaded=3, arrived_rows=1" in failed[ARRIVES]

    reason = "case when city is null then 'no city' end as set_aside_reason, _load_id,"
    staging.write_text(sound.replace("_load_id,", reason), encoding="utf-8")
    assert shop.night("2017-01-02") == {}
    assert shop.ask("select state_reason, row_count from cleaned.unused_descriptions") == [
        ("no city", 2)
    ]


def test_a_file_of_which_no_row_arrives_stops_the_night(shop: Shop) -> None:
    members = Members(shop, "delta_snapshot")
    staging = shop.settings.company_folder / "systems" / "club" / "stg_club__contact_records.sql"
    with staging.open("a", encoding="utf-8") as text:
        text.write("where false\n")
    members.land("members_2017-01-02.csv", "a,Seoul")
    assert set(shop.night("2017-01-02")) == {ARRIVES}


def test_rows_that_describe_nothing_are_published_once_when_their_file_is_corrected(
    shop: Shop,
) -> None:
    shop.land("sales_2017-01-02.csv", "a,1")
    members = Members(shop, "full_snapshot")
    staging = shop.settings.company_folder / "systems" / "club" / "stg_club__contact_records.sql"
    reason = "case when city is null then 'no city' end as set_aside_reason, _load_id,"
    staging.write_text(staging.read_text().replace("_load_id,", reason), encoding="utf-8")
    for city in ("Seoul", "Busan"):
        members.land("members_2017-01-02.csv", f"a,{city}", "b", "c")
        whole_night(shop, "2017-01-02")
        assert read(shop, "select stream, entity, reason, row_count from ops.set_aside") == [
            ("members", "contact_records", "no city", 2)
        ]
