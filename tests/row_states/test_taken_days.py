"""Rows by place whose day counts from another file: all of them give way, or are told."""

from __future__ import annotations

import pytest

from tests.row_states.conftest import PROPERTIES, Shop
from tests.row_states.test_overlaps import (
    CONTRADICT,
    OTHER,
    PATTERN,
    amounts,
    by_place,
    night_after_night,
    row,
    states,
)

LATE = "every row of tonight's files is of a day that counts from its file"
MIXED = r"(all_{date}|{part}_{date})\.csv"
DAILY = "sales_2017-01-02.csv"
HISTORY = "history_2017-01-01_2017-01-03.csv"


def warnings(caplog: pytest.LogCaptureFixture, sentence: str) -> list[str]:
    return [each for each in caplog.messages if sentence in each]


def test_a_late_row_is_told_when_a_later_bulk_file_takes_its_day(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    by_place(shop, "bulk")
    shop.land("sales_2017-01-03.csv", row(3, "01-03"), row(20, "01-02"))
    assert shop.night("2017-01-03") == {}
    assert warnings(caplog, LATE) == []
    shop.land("history_2017-01-01_2017-01-02.csv", row(1, "01-01"))
    # a night that is run again tells again, the next does not
    for is_killed, times in [(True, 1), (False, 2)]:
        assert shop.night("2017-01-04", is_killed) == {}
        told = warnings(caplog, LATE)
        assert len(told) == times
        assert "file=sales_2017-01-03.csv" in told[-1]
        assert "row_count=1" in told[-1]
    assert shop.night("2017-01-05") == {}
    assert len(warnings(caplog, LATE)) == times
    assert amounts(shop) == [1, 3]


@pytest.mark.parametrize(
    ("overlap", "counted"), [(None, None), ("daily", None), ("later", None), ("bulk", [1, 2])]
)
@pytest.mark.parametrize("whole_first", [True, False])
def test_a_file_of_all_shops_beside_one_of_a_shop_follows_the_rule_on_a_single_day(
    shop: Shop, overlap: str | None, counted: list[int] | None, whole_first: bool
) -> None:
    by_place(shop, overlap, MIXED)
    files = {
        "all_2017-01-02.csv": (row(1, "01-02"), row(2, "01-02")),
        "seoul_2017-01-02.csv": (row(10, "01-02"),),
    }
    first, second = list(files) if whole_first else list(files)[::-1]
    shop.land(first, *files[first])
    assert shop.night("2017-01-03") == {}
    shop.land(second, *files[second])
    failed = shop.night("2017-01-04")
    if counted is None:
        assert set(failed) == {CONTRADICT}
        assert all(name in failed[CONTRADICT] for name in files)
        return
    assert failed == {}
    assert amounts(shop) == counted
    assert states(shop)[-1] == (10, "superseded", OTHER)
    before = shop.tables()
    assert shop.rebuilt("2017-01-04") == {}
    assert shop.tables() == before


@pytest.mark.parametrize("bulk_first", [True, False])
def test_what_does_not_count_gives_way_with_its_day(shop: Shop, bulk_first: bool) -> None:
    """A test order and an exact double, in the history and in the day's file: each is one row."""
    shop.contract(
        key=(), filePattern=PATTERN, eventTime="day", overlap="bulk", exactDoubles="set_aside"
    )
    shop.staging(line="_place", reason="case when status = 'test' then 'a test order' end")
    test_order = "t,,p1,1,9.00,m1,test,2017-01-02"
    rows = (row(2, "01-02"), row(2, "01-02"), test_order)
    files = {DAILY: rows, HISTORY: (row(1, "01-01"), *rows)}
    names = list(files)[::-1] if bulk_first else list(files)
    night_after_night(shop, {name: files[name] for name in names}, "2017-01-05")
    assert shop.ask(
        "select stream || '/' || delivery, state_reason, row_count from cleaned.row_states"
        " inner join ops.loads using (system, stream, load_id)"
        " where row_state <> 'current' order by all"
    ) == [
        ("sales/2017-01-01..2017-01-03", "a test order", 1),
        ("sales/2017-01-01..2017-01-03", "an exact double in its file", 1),
        ("sales/2017-01-02", OTHER, 3),
    ]  # fmt: skip


MESSAGES = """
select
    'shop' as source_system, _place as message_id, 'member' as identifier_type,
    member as identifier_value, order_no as campaign_id,
    cast(case when status <> 'lost' then day end as date) as sent_date, _load_id, _row
from {{ source('shop', 'sales') }}
"""


@pytest.mark.parametrize("bulk_first", [True, False])
def test_a_row_without_a_day_stops_the_night_where_files_share_days(
    shop: Shop, bulk_first: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(PROPERTIES, "controlTotal")
    monkeypatch.setitem(PROPERTIES, "receivedIn", ["messages"])
    by_place(shop, "daily")
    (shop.folder / "stg_shop__order_lines.sql").unlink()
    shop._write("stg_shop__messages.sql", MESSAGES)
    files = {
        HISTORY: (row(1, "01-01"), "c1,,p1,1,1.00,m1,lost,2017-01-02"),
        DAILY: (row(2, "01-02"),),
    }
    first, second = list(files) if bulk_first else list(files)[::-1]
    shop.land(first, *files[first])
    assert shop.night("2017-01-03") == {}
    shop.land(second, *files[second])
    failed = shop.night("2017-01-04")
    assert set(failed) == {"no two rows of messages contradict each other"}
    told = "".join(failed.values())
    assert "state_reason=it has no day, and another file is for days of its file" in told
    assert f"file={HISTORY}" in told
    assert f"file={DAILY}" not in told
    # the file says which day it is of
    shop.land(HISTORY, row(1, "01-01"), row(3, "01-02"))
    assert shop.night("2017-01-05") == {}
    before = shop.tables()
    assert shop.rebuilt("2017-01-05") == {}
    assert shop.tables() == before
