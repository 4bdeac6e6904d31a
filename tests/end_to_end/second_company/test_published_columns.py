"""What readers of the gift shop's tables can rely on in every table."""

import pytest

from tests.end_to_end.documented_pages import how_a_join_fares, joins, questions
from tests.end_to_end.second_company import by_pandas
from tests.end_to_end.second_company.troubles import SECOND_NIGHT

pytestmark = pytest.mark.end_to_end

EMPTY = ("fct_messages", "fct_campaign_responses")


@pytest.mark.parametrize("join", joins(), ids=lambda join: f"{join[0]}-{join[1]}")
def test_a_documented_join_finds_rows_and_doubles_none(gift_shop, rows, join):
    count, joined, most = how_a_join_fares(gift_shop.ask, join)
    if count == 0:
        names_no_order = "order_source_system" in dict(join[2])
        assert join[0].endswith(EMPTY) or names_no_order, "the shop has no campaigns"
        return
    if join[1] == "aggregated.dim_products":  # what was only sold for nothing has no name
        named = rows["reason"].isna() & rows["code"].isin(by_pandas.product_names(rows))
        count = int((named & (rows["is_refund"] == join[0].endswith("refunds"))).sum())
    assert (joined, most) == (count, 1)


def test_every_moment_is_a_plain_timestamp_that_is_named_utc(gift_shop):
    columns = gift_shop.ask(
        "select schema_name || '.' || table_name || '.' || column_name, data_type,"
        " column_name like '%\\_utc' escape '\\' from duckdb_columns() where not internal"
    )
    wrong = [
        (name, kind)
        for name, kind, is_named_utc in columns
        if is_named_utc != (kind == "TIMESTAMP") or (kind.startswith("TIME") and not is_named_utc)
    ]
    assert wrong == []
    assert len([kind for _, kind, _ in columns if kind == "TIMESTAMP"]) == 5


def test_the_questions_of_a_marketer_can_be_asked_of_any_company(gift_shop):
    for query in questions().values():
        gift_shop.ask(query)


def test_frequency_and_monetary_are_of_all_time_and_scores_say_who_is_better(gift_shop, rows):
    published = gift_shop.by_person(
        "select customer_id, frequency, monetary, frequency_score, monetary_score"
        " from customer_view.customers where order_count > 0"
    )
    totals = by_pandas.by_customer(rows, SECOND_NIGHT)
    figures = {who: (count, money) for who, (count, money, *_) in totals.items() if count}
    count = len(figures)
    expected = {
        who: (*own, *(
            1 + 5 * sum(other[place] < own[place] for other in figures.values()) // count
            for place in range(2)
        ))
        for who, own in figures.items()
    }  # fmt: skip
    assert published == expected
    old = gift_shop.ask(
        "select count(*) from customer_view.customers where frequency > orders_365d"
    )
    assert old[0][0] > 0, "nobody tells all of time from a year"


def test_the_hour_and_the_weekday_of_an_order_are_those_on_the_shop_s_clock(gift_shop, rows):
    sold = rows[rows["reason"].isna() & ~rows["is_refund"]]
    expected = {(row.order, row.at.hour, f"{row.at:%A}") for row in sold.itertuples()}
    found = gift_shop.ask("select order_id, order_hour, order_weekday from aggregated.fct_orders")
    assert set(found) <= expected
    assert len(found) == sold["order"].nunique()
