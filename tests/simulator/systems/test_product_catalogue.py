import csv
import io
from datetime import date, timedelta

import duckdb
import numpy as np
import pytest

from simulator.company import Company, day_number
from simulator.world.catalogue import make_catalogue
from tests.simulator.golden_files import golden

PRODUCTS_HEADER = (
    "sku,barcode,name_ko,name_en,brand,category,category_ko,price_krw,valid_from,promotion_percent,"
    "promotion_until"
)
CHANGES_HEADER = "sku,barcode,name_ko,change,valid_from,old_price_krw,price_krw,promotion_percent"
FIRST, LAST = date(2026, 3, 9), date(2026, 3, 16)

GOLDEN_FILES = {
    "price_changes_2026-03-09.csv": date(2026, 3, 9),
}


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture(scope="module")
def files(world):
    folder, _ = world.write("product_catalogue", FIRST, LAST, customers=60)
    return {path.name: rows_of(path.read_text(encoding="utf-8")) for path in folder.iterdir()}


@pytest.mark.parametrize("name", GOLDEN_FILES)
def test_what_is_written_is_what_was_read_once(world, name):
    golden(world, "product_catalogue", name, GOLDEN_FILES[name])


def test_all_products_are_listed_on_mondays_and_changes_every_night(files):
    assert sorted(files) == sorted(
        [f"price_changes_{FIRST + timedelta(days=number)}.csv" for number in range(8)]
        + [f"products_{FIRST}.csv", f"products_{LAST}.csv"]
    )


def test_the_headers_are_ours(world):
    for name, header in (
        (f"products_{FIRST}.csv", PRODUCTS_HEADER),
        (f"price_changes_{FIRST}.csv", CHANGES_HEADER),
    ):
        text = world.text("product_catalogue", name, FIRST, LAST, customers=60)
        assert text.splitlines()[0] == header


def test_a_product_is_listed_as_it_is_sold(files):
    catalogue = make_catalogue(Company(60, seed=7).draws)
    listed = files[f"products_{FIRST}.csv"]
    assert len(listed) == len(catalogue)
    day = day_number(FIRST)
    prices = catalogue.price(np.arange(len(catalogue)), day)
    promotions = catalogue.promotion(np.arange(len(catalogue)), day)
    for number in (0, 3, 700, 1442):
        row = listed[number]
        assert row["sku"] == f"DM-{number:05d}"
        assert row["name_en"] == catalogue.name[number]
        assert row["name_ko"] == catalogue.name_korean[number]
        assert row["brand"] == catalogue.name[number].split()[0]
    assert [int(row["price_krw"]) for row in listed] == prices.tolist()
    assert [int(row["promotion_percent"]) for row in listed] == promotions.tolist()
    assert {row["promotion_until"] for row in listed} == {"", "2026-03-11"}


def test_bar_codes_are_korean_and_have_the_right_check_digit(files):
    codes = [row["barcode"] for row in files[f"products_{FIRST}.csv"]]
    assert len(set(codes)) == len(codes)
    for code in codes:
        digits = [int(digit) for digit in code]
        assert code.startswith("880")
        assert len(digits) == 13
        assert (sum(digits[0::2]) + 3 * sum(digits[1::2])) % 10 == 0


def test_a_price_is_valid_since_it_last_changed(files):
    catalogue = make_catalogue(Company(60, seed=7).draws)
    opened = date(2025, 1, 1)
    for number, row in enumerate(files[f"products_{FIRST}.csv"]):
        since = date.fromisoformat(row["valid_from"])
        assert opened <= since <= FIRST
        days = np.arange(day_number(since), day_number(FIRST) + 1)
        assert (catalogue.price(np.array(number), days) == int(row["price_krw"])).all()
        if since > opened:
            assert catalogue.price(np.array(number), days[0] - 1) != int(row["price_krw"])


def test_the_changes_of_a_week_lead_from_one_list_to_the_next(files):
    prices = {row["sku"]: int(row["price_krw"]) for row in files[f"products_{FIRST}.csv"]}
    promotions = {
        row["sku"]: int(row["promotion_percent"]) for row in files[f"products_{FIRST}.csv"]
    }
    kinds = set()
    for number in range(1, 8):
        day = FIRST + timedelta(days=number)
        for row in files[f"price_changes_{day}.csv"]:
            kinds.add(row["change"])
            assert row["valid_from"] == str(day)
            if row["change"] == "price":
                assert int(row["old_price_krw"]) == prices[row["sku"]]
                assert row["price_krw"] != row["old_price_krw"]
                prices[row["sku"]] = int(row["price_krw"])
            elif row["change"] == "promotion_end":
                assert int(row["promotion_percent"]) == promotions[row["sku"]]
                promotions[row["sku"]] = 0
            else:
                assert promotions[row["sku"]] == 0
                promotions[row["sku"]] = int(row["promotion_percent"])
            assert row["change"] == "price" or day == date(2026, 3, 12), "a Thursday"
    last = files[f"products_{LAST}.csv"]
    assert kinds == {"price", "promotion_start", "promotion_end"}
    assert prices == {row["sku"]: int(row["price_krw"]) for row in last}
    assert promotions == {row["sku"]: int(row["promotion_percent"]) for row in last}


def test_a_day_alone_is_the_same_as_within_others(world):
    within, _ = world.write("product_catalogue", FIRST, LAST, customers=60)
    alone, _ = world.write("product_catalogue", LAST, customers=60)
    assert len(list(alone.iterdir())) == 2
    for path in alone.iterdir():
        assert path.read_bytes() == (within / path.name).read_bytes()


def test_rows_are_linked_to_products_and_to_no_person(world):
    _, truth = world.write("product_catalogue", LAST, customers=60)
    found = duckdb.sql(f"""
        select distinct person, key::bigint between 0 and 1442
        from read_parquet('{truth}/records/*.parquet')
    """).fetchall()
    assert found == [(None, True)]
