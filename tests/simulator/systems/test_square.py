import csv
import io
import re
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal

import duckdb
import numpy as np
import pytest

from simulator.company import Company, day_number
from simulator.night import Night
from simulator.systems import square
from simulator.words.vocabulary import create_vocabulary
from simulator.world.facts import Span, load_facts
from simulator.world.identities import add_persons, show_persons
from tests.simulator.golden_files import golden

ITEMS_HEADER = (
    "Date,Time,Time Zone,Category,Item,Qty,Price Point Name,SKU,Modifiers Applied,Gross Sales,"
    "Discounts,Net Sales,Tax,Transaction ID,Payment ID,Device Name,Notes,Details,Event Type,"
    "Location,Dining Option,Customer ID,Customer Name,Customer Reference ID,Unit,Count,GTIN,"
    "Itemization Type,Commission,Employee,Fulfillment Note,Channel,Token,Card Brand,PAN Suffix"
)
TRANSACTIONS_HEADER = (
    "Date,Time,Time Zone,Gross Sales,Discounts,Service Charges,Net Sales,Gift Card Sales,Tax,Tip,"
    "Partial Refunds,Total Collected,Source,Card,Card Entry Methods,Cash,Square Gift Card,"
    "Other Tender,Other Tender Type,Tender Note,Fees,Net Total,Transaction ID,Payment ID,"
    "Card Brand,PAN Suffix,Device Name,Staff Name,Staff ID,Details,Description,Event Type,Location,"
    "Dining Option,Customer ID,Customer Name,Customer Reference ID,Device Nickname,"
    "Third Party Fees,Deposit ID,Deposit Date,Deposit Details,Fee Percentage Rate,Fee Fixed Rate,"
    "Refund Reason,Discount Name,Transaction Status,Cash App,Order Reference ID,Fulfillment Note,"
    "Free Processing Applied,Channel,Unattributed Tips,Table Info,International Fee"
)
DUTY_FREE = {"Dangol Mart Incheon Airport", "Dangol Mart Jeju"}
FIRST, LAST = date(2026, 3, 1), date(2026, 3, 9)

GOLDEN_FILES = {
    # sales and refunds, with and without a customer
    "items-2026-03-16-2026-03-17.csv": {"first": date(2026, 3, 16), "customers": 300},
    "transactions-2026-03-16-2026-03-17.csv": {"first": date(2026, 3, 16), "customers": 300},
    # in dollars, with a refund
    "duty-free-items-2026-03-21-2026-03-22.csv": {"first": date(2026, 3, 21), "customers": 300},
    "duty-free-transactions-2026-03-21-2026-03-22.csv": {
        "first": date(2026, 3, 21),
        "customers": 300,
    },
    # the headers of 2025
    "items-2025-03-10-2025-03-11.csv": {"first": date(2025, 3, 10), "customers": 150},
    "transactions-2025-03-10-2025-03-11.csv": {"first": date(2025, 3, 10), "customers": 150},
}


def rows_of(path):
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def money(text):
    """Read an amount: ``₩8,000``, ``-₩3,000``, ``$1,240.00``."""
    assert re.fullmatch(r"-?(₩\d{1,3}(,\d{3})*|\$\d{1,3}(,\d{3})*\.\d\d)", text)
    return Decimal(re.sub("[₩$,]", "", text))


@pytest.fixture(scope="module")
def files(world):
    """All rows of nine days of spring, by kind of file."""
    folder, _ = world.write("square", FIRST, LAST)
    rows = defaultdict(list)
    for path in sorted(folder.iterdir()):
        rows[re.sub(r"-\d.*", "", path.name)] += rows_of(path)
    return rows


@pytest.mark.parametrize("name", GOLDEN_FILES)
def test_what_is_written_is_what_was_read_once(world, name):
    golden(world, "square", name, **GOLDEN_FILES[name])


def test_the_headers_are_the_real_ones(world, monday):
    for name, header, count in (
        ("items", ITEMS_HEADER, 35),
        ("transactions", TRANSACTIONS_HEADER, 55),
    ):
        for prefix in ("", "duty-free-"):
            text = world.text("square", f"{prefix}{name}-{monday}-2026-03-10.csv", FIRST, LAST)
            assert text.splitlines()[0] == header
            assert len(header.split(",")) == count


def test_files_of_2025_have_33_columns_and_another_tender_note(world):
    day = date(2025, 12, 31)
    items = world.text("square", f"items-{day}-2026-01-01.csv", day, customers=300)
    assert items.splitlines()[0] == ITEMS_HEADER.removesuffix(",Card Brand,PAN Suffix")
    assert len(items.splitlines()[0].split(",")) == 33
    transactions = world.text("square", f"transactions-{day}-2026-01-01.csv", day, customers=300)
    older = TRANSACTIONS_HEADER.replace(",Tender Note,", ",Other Tender Note,")
    assert transactions.splitlines()[0] == older


def test_each_account_has_its_own_shops_money_and_clock(files):
    for prefix, sign, day_form, time_form in (
        ("", "₩", "%Y-%m-%d", "%H:%M:%S"),
        ("duty-free-", "$", "%m/%d/%Y", "%I:%M:%S %p"),
    ):
        for kind in ("items", "transactions"):
            rows = files[prefix + kind]
            assert rows
            for row in rows:
                assert (row["Location"] in DUTY_FREE) == (sign == "$")
                assert row["Time Zone"] == "Seoul"
                assert sign in row["Gross Sales"]
                assert FIRST <= datetime.strptime(row["Date"], day_form).date() <= LAST
                hour = datetime.strptime(row["Time"], time_form).hour
                assert 9 <= hour <= 22
                # no leading zero in twelve-hour times
                assert sign == "₩" or not row["Time"].startswith("0")
                assert row["Event Type"] in {"Payment", "Refund"}


def test_thousands_are_quoted(world, monday):
    text = world.text("square", f"items-{monday}-2026-03-10.csv", FIRST, LAST)
    assert re.search(r',"₩\d+,\d{3}",', text)
    assert re.search(r",₩\d{3},", text)


@pytest.mark.parametrize("prefix", ["", "duty-free-"])
def test_items_add_up_to_their_transactions(files, prefix):
    summed = defaultdict(Counter)
    for row in files[prefix + "items"]:
        gross, discount, net = (money(row[n]) for n in ("Gross Sales", "Discounts", "Net Sales"))
        assert gross + discount == net
        assert (gross < 0) == (row["Event Type"] == "Refund")
        assert gross * discount <= 0
        for column in ("Gross Sales", "Discounts", "Net Sales", "Tax"):
            summed[row["Payment ID"]][column] += money(row[column])
    for row in files[prefix + "transactions"]:
        for column, total in summed.pop(row["Payment ID"]).items():
            assert money(row[column]) == total
    assert not summed


def test_prices_include_a_tenth_of_tax_except_duty_free(files):
    for row in files["items"]:
        net, tax = money(row["Net Sales"]), money(row["Tax"])
        assert abs(tax) == abs(net) // 11
        assert tax * net >= 0
    assert {row["Tax"] for row in files["duty-free-items"]} == {"$0.00"}


@pytest.mark.parametrize("prefix", ["", "duty-free-"])
def test_what_is_collected_is_net_and_is_under_one_tender(files, prefix):
    for row in files[prefix + "transactions"]:
        net = money(row["Net Sales"])
        assert money(row["Total Collected"]) == net
        tenders = {name: money(row[name]) for name in ("Card", "Cash", "Other Tender")}
        assert sorted(map(abs, tenders.values())) == [0, 0, abs(net)]
        assert sum(tenders.values()) == net
        assert money(row["Net Total"]) == net + money(row["Fees"])
        is_card = tenders["Card"] != 0
        assert (row["Card Entry Methods"] == "N/A") == (not is_card)
        assert bool(re.fullmatch(r"\d{4}", row["PAN Suffix"])) == is_card == bool(row["Card Brand"])
        assert (money(row["Fees"]) < 0) == (is_card and row["Event Type"] == "Payment")
        assert (row["Other Tender Type"] == "Kakao Pay") == (tenders["Other Tender"] != 0)
        assert money(row["Tip"]) == 0
        assert row["Transaction Status"] == "Complete"
        assert bool(row["Refund Reason"]) == (row["Event Type"] == "Refund")
        assert bool(row["Discount Name"]) == (money(row["Discounts"]) != 0)


def test_dollars_are_won_at_one_rate(world):
    _, truth = world.write("square", FIRST, LAST)
    folder, _ = world.write("square", FIRST, LAST)
    orders = dict(
        duckdb.sql(
            f"select visit_id, total from read_parquet('{truth}/orders/*.parquet')"
        ).fetchall()
    )
    keys = duckdb.sql(f"""
        select file, row, key::bigint from read_parquet('{truth}/records/*.parquet')
        where file like '%transactions%'
    """).fetchall()
    rows = {path.name: rows_of(path) for path in folder.glob("*transactions*")}
    seen = Counter()
    for name, number, key in keys:
        row = rows[name][number - 1]
        if row["Event Type"] == "Refund":
            continue
        if name.startswith("duty-free"):
            # each line is rounded to a cent, twice
            assert abs(money(row["Net Sales"]) - Decimal(int(orders[key])) / 1350) < Decimal("0.3")
        else:
            assert money(row["Net Sales"]) == orders[key]
        seen[name.startswith("duty-free")] += 1
    assert seen[True] > 10
    assert seen[False] > 200


def test_quantities_are_decimals_and_negative_for_returns(files):
    for row in files["items"] + files["duty-free-items"]:
        assert re.fullmatch(r"-?\d+\.0", row["Qty"])
        assert int(row["Count"]) == float(row["Qty"])
        assert (float(row["Qty"]) < 0) == (row["Event Type"] == "Refund")
        assert row["Unit"] == "ea"
        assert row["Itemization Type"] == "Physical Good"


def test_a_refund_has_the_id_of_the_sale_and_a_payment_of_its_own(files):
    sales = {row["Transaction ID"]: row for row in files["items"] if row["Event Type"] == "Payment"}
    refunds = [row for row in files["items"] if row["Event Type"] == "Refund"]
    known = [row for row in refunds if row["Transaction ID"] in sales]
    assert len(known) > 2
    for row in known:
        sale = sales[row["Transaction ID"]]
        assert row["Payment ID"] != sale["Payment ID"]
        assert row["Date"] > sale["Date"]
        for column in ("Location", "Customer ID", "Card Brand", "PAN Suffix"):
            assert row[column] == sale[column]


def test_bar_codes_have_the_right_check_digit(files):
    for row in files["items"]:
        digits = [int(digit) for digit in row["GTIN"]]
        assert len(digits) == 13
        assert (sum(digits[0::2]) + 3 * sum(digits[1::2])) % 10 == 0


def test_only_buyers_who_showed_a_card_are_known(files):
    rows = files["transactions"] + files["duty-free-transactions"]
    known = [row for row in rows if row["Customer ID"]]
    assert 0.3 < len(known) / len(rows) < 0.7
    for row in rows:
        is_known = bool(row["Customer ID"])
        assert bool(row["Customer Reference ID"]) == is_known
        assert is_known or not row["Customer Name"]
        assert not is_known or re.fullmatch(r"DM\d{9}", row["Customer Reference ID"])
    assert any(not row["Customer Name"] for row in known)


def test_a_profile_has_one_name_and_a_person_few_bank_cards(files):
    names = defaultdict(set)
    for row in files["transactions"]:
        if row["Customer ID"]:
            names[row["Customer ID"]].add(row["Customer Name"])
    assert {len(some) for some in names.values()} == {1}


def test_names_and_numbers_that_clerks_got_wrong_are_in_the_truth(world):
    folder, truth = world.write("square", FIRST, LAST)
    rows = {path.name: rows_of(path) for path in folder.iterdir()}
    mistakes = duckdb.sql(f"""
        select file, row, name, clean from read_parquet('{truth}/mistakes/*.parquet')
    """).fetchall()
    for file, row, name, clean in mistakes:
        assert rows[file][row - 1][name] not in {clean, ""}
    assert {name for _, _, name, _ in mistakes} == {"Customer Name", "Customer Reference ID"}
    _, truth = world.write("square", date(2026, 3, 9), dirty=False)
    assert duckdb.sql(f"select * from read_parquet('{truth}/mistakes/*.parquet')").fetchall() == []


def test_a_card_that_someone_else_shows_has_its_owners_name():
    """The owner may be missing from the night's persons."""
    company, day = Company(3000, seed=7), day_number(date(2026, 3, 9))
    with duckdb.connect() as connection:
        create_vocabulary(connection, company)
        load_facts(connection, company, Span(day, day))
        show_persons(connection, day, "person_rows", "persons")
        night = Night(company, day, connection)
        list(square.exports(night))
        add_persons(connection, company, np.arange(3000), "everybody")
        shown = connection.execute("""
            select distinct
                sales.clean_name in (everybody.full_name, everybody.full_latin),
                sales.clean_card = card_text(everybody.card_number)
            from square_sales as sales inner join everybody
                on sales.card_person = everybody.person and sales.person <> everybody.person
        """).fetchall()
    assert shown == [(True, True)]


def test_a_day_alone_is_the_same_as_within_others(world, monday):
    within, _ = world.write("square", FIRST, LAST)
    alone, _ = world.write("square", monday)
    assert len(list(alone.iterdir())) == 4
    for path in alone.iterdir():
        assert path.read_bytes() == (within / path.name).read_bytes()


def test_files_are_named_after_the_day_and_the_next(world, monday):
    folder, _ = world.write("square", monday)
    span = f"{monday}-{monday + timedelta(days=1)}"
    assert sorted(path.name for path in folder.iterdir()) == [
        f"duty-free-items-{span}.csv",
        f"duty-free-transactions-{span}.csv",
        f"items-{span}.csv",
        f"transactions-{span}.csv",
    ]
