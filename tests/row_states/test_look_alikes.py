"""Ids that differ only by what a spreadsheet does to them: reported, never merged, never a gate."""

from __future__ import annotations

from datetime import date

import pytest

from dangol.build.published import open_published
from dangol.night import Night
from dangol.nightly.report import render_report
from dangol.nightly.steps import run_night
from tests.row_states.conftest import Shop

pytestmark = pytest.mark.end_to_end

LOOK_ALIKES = (
    "select id_kind, coalesce(identifier_type, ''), count(distinct id), count(distinct first_id),"
    " min(id_count), max(system) from ops.look_alikes group by all order by all"
)


def published(shop: Shop, day: str) -> tuple[list[tuple[object, ...]], str]:
    """Run a whole night; return its look-alikes and its report."""
    night = Night.of(date.fromisoformat(day), shop.settings.company)
    run_night(shop.settings, night)
    with open_published(shop.settings) as tables:
        found = tables.execute(LOOK_ALIKES).fetchall()
    return found, render_report(shop.settings, night)


def test_two_customers_who_look_alike_stay_two_and_are_reported(shop: Shop) -> None:
    shop.land(
        "sales_2017-01-02.csv",
        "a,1,0070,1,1.00,2368", "b,1,70,1,2.00,02368", "c,1,7E1,1,4.00,2368.0",
        "d,1,x70,1,8.00,M2368", "e,1,x7,1,16.00,23680",
    )  # fmt: skip
    found, report = published(shop, "2017-01-02")
    assert found == [
        ("identifier", "member", 3, 1, 3, "shop"),
        ("product", "", 3, 1, 3, "shop"),
    ]
    assert "look-alike ids (see ops.look_alikes): 3 member, 3 product" in report.splitlines()
    with open_published(shop.settings) as tables:
        spent = tables.execute(
            "select cast(net_amount as integer) from customer_view.customers order by all"
        ).fetchall()
        products = tables.execute(
            "select id, first_id from ops.look_alikes where id_kind = 'product' order by all"
        ).fetchall()
        people = tables.execute(
            "select id from ops.look_alikes where id_kind = 'identifier'"
            " except select identifier_id from aggregated.fct_orders"
        ).fetchall()
    assert spent == [(1,), (2,), (4,), (8,), (16,)]
    assert products == [("0070", "0070"), ("70", "0070"), ("7E1", "0070")]
    assert people == [], "a person's id is given by its key alone"
    assert "2368" not in report


def test_ids_that_no_spreadsheet_would_change_are_not_reported(shop: Shop) -> None:
    shop.land("sales_2017-01-02.csv", "a,1,p1,1,1.00,M-1", "b,1,P1,1,1.00,M-01", "c,1,1,1,1.00,1")
    found, report = published(shop, "2017-01-02")
    assert found == []
    assert "look-alike" not in report
