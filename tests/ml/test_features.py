"""Features: right to the last value, blind to what came after, the same for any thread count."""

import copy
import json
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from dangol.files import sha256_of
from ml.features import build_features, parquet_file
from ml.samples import SampleError, read_plan, read_samples

LAST = date(2017, 9, 30)
TOMORROW = date(2017, 10, 1)


def at(shop, settings, night, cutoff=TOMORROW):
    shop.build(settings, night.business_date)
    build_features(settings, night)
    plan = read_plan(settings.models, night.business_date)
    (sample,) = read_samples(settings, settings.models, plan, [cutoff])
    return {
        str(customer): {name: values[i] for name, values in sample.features.items()}
        for i, customer in enumerate(sample.customer_id)
    }, sample


def days_before(cutoff, days):
    return cutoff - timedelta(days=days)


def test_features_of_a_customer_seen_under_two_cards(settings, night_of, new_shop):
    shop = new_shop(members={"card_OLD": "ada", "card_NEW": "ada"})
    shop.buy("card_OLD", days_before(TOMORROW, 40), 30.0, discount=10.0)
    shop.buy("card_OLD", days_before(TOMORROW, 20), 50.0, product="soap")
    shop.buy("card_NEW", days_before(TOMORROW, 8), 20.0, store="south")
    shop.buy("card_NEW", days_before(TOMORROW, 7), 10.0)
    shop.messages.append(("card_OLD", days_before(TOMORROW, 100)))
    shop.messages.append(("card_NEW", days_before(TOMORROW, 10)))
    shop.responses.append(("card_NEW", days_before(TOMORROW, 8)))
    features, _ = at(shop, settings, night_of(LAST))
    ada = features["ada"]
    assert list(features) == ["ada"]
    expected = {
        "tenure_days": 40,
        "recency_days": 7,
        "orders_7d": 1,
        "orders_14d": 2,
        "orders_28d": 3,
        "orders_91d": 4,
        "spend_7d": 10,
        "spend_14d": 30,
        "spend_28d": 80,
        "spend_91d": 110,
        "spend_365d": 110,
        "purchase_days_91d": 4,
        "active_weeks_91d": 4,
        "largest_day_91d": 50,
        "median_week_spend": 0,
        "best_week_spend": 50,
        "gap_count": 3,
        "gap_mean": 11,
        "gap_median": 12,
        "gap_longest": 20,
        "gap_last": 1,
        "weekend_share_91d": 0.5,
        "discount_share_91d": 10 / 120,
        "lines_per_order_91d": 1,
        "stores_91d": 2,
        "departments_per_order_91d": 1,
        "private_label_share_91d": 60 / 110,
        "messages_91d": 1,
        "messages_365d": 2,
        "responses_91d": 1,
    }
    assert {name: ada[name] for name in expected} == pytest.approx(expected)
    assert ada["gap_deviation"] == pytest.approx(np.std([20, 12, 1]))


def test_window_takes_its_first_and_last_day_and_no_other(settings, night_of, new_shop):
    shop = new_shop()
    for days in (1, 7, 8, 91, 92, 365, 366):
        shop.buy("m", days_before(TOMORROW, days), 10.0 ** (days % 7))
    features, _ = at(shop, settings, night_of(LAST))
    assert features["c-m"]["orders_7d"] == 2
    assert features["c-m"]["orders_91d"] == 4
    assert features["c-m"]["orders_365d"] == 6
    assert features["c-m"]["tenure_days"] == 366


def test_nothing_on_or_after_a_cutoff_changes_its_features(settings, night_of, busy_shop):
    night = night_of(LAST)
    cutoff = days_before(TOMORROW, 90)
    before, sample = at(busy_shop, settings, night, cutoff)
    later = copy.deepcopy(busy_shop)
    known = sorted(before)
    for days in range(90):
        for customer in known[days % 5 :: 5]:
            card = customer.removeprefix("c-")
            later.buy(card, cutoff + timedelta(days=days), 999.0, discount=99.0, product="soap")
            later.messages.append((card, cutoff + timedelta(days=days)))
            later.responses.append((card, cutoff + timedelta(days=days)))
    after, changed = at(later, settings, night, cutoff)
    assert sorted(after) == known
    for customer in known:
        np.testing.assert_equal(after[customer], before[customer])
    assert changed.spend.sum() > sample.spend.sum() + 999 * 1000


def test_outcomes_cover_the_horizon_and_no_other_day(settings, night_of, new_shop):
    cutoff = days_before(TOMORROW, 90)
    shop = new_shop()
    for card in ("early", "late", "never"):
        shop.buy(card, days_before(cutoff, 1), 1.0)
    shop.buy("early", cutoff, 10.0)
    shop.buy("late", cutoff + timedelta(days=89), 20.0)
    _, sample = at(shop, settings, night_of(LAST), cutoff)
    outcomes = zip(
        sample.customer_id.tolist(),
        sample.spend,
        sample.churned(90),
        sample.churned(89),
        strict=True,
    )
    assert list(outcomes) == [  # in the order of their spend, because their features are the same
        ("c-never", 0.0, True, True),
        ("c-early", 10.0, False, False),
        ("c-late", 20.0, False, True),
    ]


def test_files_are_the_same_bytes_for_any_number_of_threads(settings, night_of, busy_shop):
    night = night_of(LAST)
    busy_shop.build(settings, LAST)
    hashes = []
    for threads in (1, 2, 4):
        build_features(replace(settings, threads=threads), night)
        files = sorted(settings.models.rglob("*.parquet"))
        hashes.append({str(file): sha256_of(file) for file in files})
    assert len(hashes[0]) == 11
    assert hashes[0] == hashes[1] == hashes[2]


def test_late_row_reaches_every_cutoff(settings, night_of, busy_shop):
    night = night_of(LAST)
    cutoff = days_before(TOMORROW, 90)
    before, _ = at(busy_shop, settings, night, cutoff)
    late = copy.deepcopy(busy_shop)
    late.buy("m000", days_before(cutoff, 5), 77.0)
    after, _ = at(late, settings, night, cutoff)
    assert after["c-m000"]["spend_7d"] == pytest.approx(before["c-m000"]["spend_7d"] + 77)


def test_files_of_an_earlier_night_are_removed(settings, night_of, busy_shop):
    busy_shop.build(settings, LAST)
    build_features(settings, night_of(LAST - timedelta(days=1)))
    build_features(settings, night_of(LAST))
    plan = read_plan(settings.models, LAST)
    kept = {file.name for file in (settings.models / "features").glob("*.parquet")}
    assert kept == {f"cutoff={cutoff}.parquet" for cutoff in plan.cutoffs}


def test_features_of_another_night_are_refused(settings, night_of, busy_shop):
    busy_shop.build(settings, LAST)
    build_features(settings, night_of(LAST))
    with pytest.raises(
        SampleError, match="the features are from 2017-09-30, the night is 2017-10-01"
    ):
        read_plan(settings.models, TOMORROW)


def test_flipped_bit_is_noticed_before_it_is_learnt_from(settings, night_of, busy_shop):
    busy_shop.build(settings, LAST)
    build_features(settings, night_of(LAST))
    file = parquet_file(settings.models, "features", TOMORROW)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(SampleError, match="was changed after it was written"):
        read_plan(settings.models, LAST)


@pytest.mark.parametrize("name", ["../../etc/passwd", "features/cutoff=1999-01-01.parquet"])
def test_a_plan_that_names_other_files_is_refused_before_they_are_opened(
    name, settings, night_of, busy_shop
):
    busy_shop.build(settings, LAST)
    build_features(settings, night_of(LAST))
    file = settings.models / "features" / "plan.json"
    content = json.loads(file.read_text())
    content["sha256"][name] = "0" * 64
    file.write_text(json.dumps(content))
    with pytest.raises(SampleError, match="names other files than the night's"):
        read_plan(settings.models, LAST)


def test_shop_without_orders_has_no_features(settings, night_of, new_shop):
    new_shop().build(settings, LAST)
    assert build_features(settings, night_of(LAST)) == {
        "cutoffs": 2,
        "customers": 0,
        "churn_horizon_days": 90,
    }
