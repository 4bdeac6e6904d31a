"""What changes a company's systems leaves last night's publication in place until it is right."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from dangol.build.published import open_published
from dangol.build.state import discard_build
from dangol.night import Night
from dangol.nightly.steps import run_night
from expectations.gate import GateFailed
from tests.row_states.conftest import Shop
from tests.row_states.members import Members

pytestmark = pytest.mark.end_to_end

REVENUE = "select cast(sum(gross_revenue) as integer) from aggregated.kpi_days"
CITIES = "select city from customer_view.customers order by all"


def whole_night(shop: Shop, day: str) -> None:
    run_night(shop.settings, Night.of(date.fromisoformat(day), shop.settings.company))


def read(shop: Shop, query: str) -> list[tuple[Any, ...]]:
    with open_published(shop.settings) as tables:
        return tables.execute(query).fetchall()


def published(shop: Shop) -> tuple[str, bytes]:
    file = shop.settings.published_file.resolve()
    return file.parent.name, file.read_bytes()


@pytest.fixture
def open_shop(shop: Shop) -> Shop:
    """A night has been published."""
    shop.land("sales_2017-01-02.csv", "a,1,p1,1,1.00,m1", "b,1,p1,1,2.00,m2")
    whole_night(shop, "2017-01-02")
    assert read(shop, REVENUE) == [(3,)]
    return shop


def test_a_system_that_is_added_late_brings_its_history(open_shop: Shop) -> None:
    before = published(open_shop)
    members = Members(open_shop, "full_snapshot")
    members.land("members_2017-01-01.csv", "m1,Seoul", "m2,Jeju")
    members.land("members_2017-01-03.csv", "m1,Busan", "m2,Jeju")
    assert published(open_shop) == before, "nothing changes before the night"
    whole_night(open_shop, "2017-01-03")
    assert read(open_shop, CITIES) == [("Busan",), ("Jeju",)]
    assert read(open_shop, REVENUE) == [(3,)]


def test_a_system_that_is_added_and_does_not_fit_waits_until_it_does(open_shop: Shop) -> None:
    members = Members(open_shop, "full_snapshot")
    members.land("members_2017-01-03.csv", "m1,Busan")
    staging = open_shop.settings.company_folder / "systems/club/stg_club__contact_records.sql"
    sound = staging.read_text(encoding="utf-8")
    staging.write_text(sound.replace("city,", "town,"), encoding="utf-8")
    open_shop.land("sales_2017-01-03.csv", "c,1,p1,1,4.00,m1")
    whole_night(open_shop, "2017-01-03")
    assert read(open_shop, CITIES) == [(None,), (None,)]
    assert read(open_shop, REVENUE) == [(7,)]
    staging.write_text(sound, encoding="utf-8")
    whole_night(open_shop, "2017-01-03")
    assert read(open_shop, CITIES) == [("Busan",), (None,)]
    assert read(open_shop, REVENUE) == [(7,)]

    before = published(open_shop)
    staging.write_text(sound.replace("city,", "town,"), encoding="utf-8")
    with pytest.raises(GateFailed, match=rf"problem={staging}:7: Binder Error: .*town"):
        whole_night(open_shop, "2017-01-04")
    assert published(open_shop) == before


def test_a_system_whose_file_a_gate_refuses_leaves_the_last_publication(open_shop: Shop) -> None:
    before = published(open_shop)
    members = Members(open_shop, "delta_snapshot")
    twice = members.land("members_2017-01-03.csv", "m1,Busan", "m1,Jeju")
    with pytest.raises(GateFailed, match="gate raw"):
        whole_night(open_shop, "2017-01-03")
    assert published(open_shop) == before
    twice.unlink()
    members.land("members_2017-01-03.csv", "m1,Busan")
    whole_night(open_shop, "2017-01-03")
    assert read(open_shop, CITIES) == [("Busan",), (None,)]


def test_a_rebuild_that_fails_leaves_the_last_publication_and_the_next_one_is_right(
    open_shop: Shop,
) -> None:
    before = published(open_shop)
    discard_build(open_shop.settings)
    open_shop.land("sales_2017-01-03.csv", "c,1,p1,1,-4.00,m1")
    with pytest.raises(GateFailed, match=r"net_amount is at least 0"):
        whole_night(open_shop, "2017-01-03")
    assert published(open_shop) == before
    open_shop.land("sales_2017-01-03.csv", "c,1,p1,1,4.00,m1")
    whole_night(open_shop, "2017-01-03")
    assert read(open_shop, REVENUE) == [(7,)]
    name, _ = published(open_shop)
    assert name > before[0]


def test_a_contract_that_changes_and_does_not_fit_leaves_the_last_publication(
    open_shop: Shop,
) -> None:
    """A changed contract rebuilds everything: the whole history is at stake, and readers wait."""
    before = published(open_shop)
    contract = open_shop.folder / "contract.yml"
    sound = contract.read_text(encoding="utf-8")
    contract.write_text(sound.replace("name: amount", "name: paid", 1), encoding="utf-8")
    with pytest.raises(GateFailed, match="every loaded file belongs to a stream with a contract"):
        whole_night(open_shop, "2017-01-03")
    assert published(open_shop) == before
    contract.write_text(sound, encoding="utf-8")
    whole_night(open_shop, "2017-01-03")
    assert read(open_shop, REVENUE) == [(3,)]
