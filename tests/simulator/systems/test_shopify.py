import csv
import io
import re
from collections import defaultdict
from datetime import date, datetime, timedelta

import duckdb
import phonenumbers
import pytest
from email_validator import validate_email

from simulator.company import Company, day_number
from simulator.systems import shopify_forms
from simulator.words.vocabulary import create_vocabulary
from simulator.world.facts import Span, load_facts
from tests.simulator.golden_files import golden

ORDERS_HEADER = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,"
    "Currency,Subtotal,Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method,"
    "Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem compare at price,"
    "Lineitem sku,Lineitem requires shipping,Lineitem taxable,Lineitem fulfillment status,"
    "Billing Name,Billing Street,Billing Address1,Billing Address2,Billing Company,Billing City,"
    "Billing Zip,Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Street,"
    "Shipping Address1,Shipping Address2,Shipping Company,Shipping City,Shipping Zip,"
    "Shipping Province,Shipping Country,Shipping Phone,Notes,Note Attributes,Cancelled at,"
    "Payment Method,Payment Reference,Refunded Amount,Vendor,Outstanding Balance,Employee,Location,"
    "Device ID,Id,Tags,Risk Level,Source,Lineitem discount,Tax 1 Name,Tax 1 Value,Tax 2 Name,"
    "Tax 2 Value,Tax 3 Name,Tax 3 Value,Tax 4 Name,Tax 4 Value,Tax 5 Name,Tax 5 Value,Phone,"
    "Receipt Number,Duties,Billing Province Name,Shipping Province Name,Payment ID,"
    "Payment Terms Name,Next Payment Due At,Payment References"
)
CUSTOMERS_HEADER = (
    "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,"
    "Default Address Address1,Default Address Address2,Default Address City,"
    "Default Address Province Code,Default Address Country Code,Default Address Zip,"
    "Default Address Phone,Phone,Accepts SMS Marketing,Total Spent,Total Orders,Note,Tax Exempt,"
    "Tags"
)
OLDER_CUSTOMERS_HEADER = (
    "First Name,Last Name,Email,Accepts Email Marketing,Company,Address1,Address2,City,Province,"
    "Province Code,Country,Country Code,Zip,Phone,Accepts SMS Marketing,Total Spent,Total Orders,"
    "Tags,Note,Tax Exempt"
)
ON_EVERY_LINE = {
    *("Name", "Lineitem quantity", "Lineitem name", "Lineitem price", "Lineitem sku", "Vendor"),
    *("Lineitem requires shipping", "Lineitem taxable", "Lineitem fulfillment status"),
    "Lineitem discount",
}
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2} \+0900")

GOLDEN_FILES = {
    # an outstanding bank deposit; a cancelled order; a refund and a coupon
    "orders_export_2026-03-03.csv": {"first": date(2026, 3, 3), "customers": 300},
    "orders_export_2026-03-19.csv": {"first": date(2026, 3, 19), "customers": 300},
    "orders_export_2026-03-31.csv": {"first": date(2026, 3, 31), "customers": 300},
    # the header of the first months
    "orders_export_2025-02-01.csv": {"first": date(2025, 2, 1), "customers": 100},
    # the three headers of customers
    "customers_export_2025-02-01.csv": {"first": date(2025, 2, 1)},
    "customers_export_2026-03-01.csv": {"first": date(2026, 3, 1)},
    "customers_export_2026-05-01.csv": {"first": date(2026, 5, 1)},
}


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture(scope="module")
def week(world):
    """The files of nine days of spring, by their date: orders, each with its lines."""
    first, last = date(2026, 3, 1), date(2026, 3, 9)
    folder, _ = world.write("shopify", first, last)
    files = {}
    for number in range(9):
        day = first + timedelta(days=number)
        lines = defaultdict(list)
        for row in rows_of((folder / f"orders_export_{day}.csv").read_text(encoding="utf-8")):
            lines[row["Name"]].append(row)
        files[day] = dict(lines)
    return files


def orders_in(week):
    return [(day, lines) for day, orders in week.items() for lines in orders.values()]


def amount(row, column):
    return int(row[column])


@pytest.mark.parametrize("name", GOLDEN_FILES)
def test_what_is_written_is_what_was_read_once(world, name):
    golden(world, "shopify", name, **GOLDEN_FILES[name])


def test_the_header_of_orders_is_the_real_one(world, monday):
    text = world.text("shopify", f"orders_export_{monday}.csv", date(2026, 3, 1), monday)
    assert text.splitlines()[0] == ORDERS_HEADER
    assert len(ORDERS_HEADER.split(",")) == 79


def test_older_files_of_orders_end_at_the_cancellation(world):
    for day, end in ((date(2025, 6, 30), "Cancelled at"), (date(2025, 7, 1), "Payment References")):
        text = world.text("shopify", f"orders_export_{day}.csv", day, customers=300)
        names = ORDERS_HEADER.split(",")
        assert text.splitlines()[0].split(",") == names[: names.index(end) + 1]


def test_only_the_first_line_of_an_order_has_the_orders_columns(week):
    several = [lines for _, lines in orders_in(week) if len(lines) > 1]
    assert len(several) > 20
    for lines in several:
        for column in ("Email", "Financial Status", "Total", "Created at", "Id", "Currency"):
            assert lines[0][column]
        for later in lines[1:]:
            filled = {name for name, value in later.items() if value}
            assert filled - {"Lineitem compare at price"} == ON_EVERY_LINE


def test_the_lines_of_an_order_are_together_newest_order_first(world, monday):
    text = world.text("shopify", f"orders_export_{monday}.csv", date(2026, 3, 1), monday)
    names = [row["Name"] for row in rows_of(text)]
    changes = [now for before, now in zip(["", *names], names, strict=False) if now != before]
    assert len(changes) == len(set(names))
    created = [row["Created at"] for row in rows_of(text) if row["Created at"]]
    assert created == sorted(created, reverse=True)


def test_values_have_the_types_of_real_files(week):
    for day, lines in orders_in(week):
        first = lines[0]
        assert re.fullmatch(r"#\d+", first["Name"])
        assert MOMENT.fullmatch(first["Created at"])
        for column in ("Paid at", "Fulfilled at", "Cancelled at"):
            assert not first[column] or MOMENT.fullmatch(first[column])
            assert first[column][:10] <= str(day)
        assert first["Accepts Marketing"] in {"yes", "no"}
        assert first["Currency"] == "KRW"
        assert int(first["Id"]) > 2**32
        assert re.fullmatch(r"'\d{5}", first["Shipping Zip"])
        assert re.fullmatch(r"KR-\d\d", first["Shipping Province"])
        for row in lines:
            assert row["Lineitem requires shipping"] in {"true", "false"}
            assert row["Lineitem taxable"] in {"true", "false"}
            assert row["Lineitem fulfillment status"] in {"pending", "fulfilled"}


def test_the_amounts_of_an_order_add_up(week):
    reduced = 0
    for _, lines in orders_in(week):
        first = lines[0]
        gross = sum(
            amount(row, "Lineitem quantity") * amount(row, "Lineitem price") for row in lines
        )
        discount = sum(amount(row, "Lineitem discount") for row in lines)
        assert amount(first, "Discount Amount") == discount
        assert (first["Discount Code"] == "DANGOL10") == (discount > 0)
        assert amount(first, "Subtotal") == gross - discount
        assert amount(first, "Total") == amount(first, "Subtotal") + amount(first, "Shipping")
        assert amount(first, "Taxes") == round(amount(first, "Total") / 11)
        assert amount(first, "Tax 1 Value") == amount(first, "Taxes")
        for row in lines:
            if before := row["Lineitem compare at price"]:
                assert int(before) > amount(row, "Lineitem price")
                reduced += 1
    assert reduced > 10


def test_each_status_agrees_with_the_other_columns(week):
    seen = set()
    for day, (first, *_) in orders_in(week):
        status = first["Financial Status"]
        seen.add(status)
        total, refunded = amount(first, "Total"), amount(first, "Refunded Amount")
        is_open = status == "pending"
        assert amount(first, "Outstanding Balance") == (total if is_open else 0)
        assert bool(first["Paid at"]) == (status in {"paid", "refunded", "partially_refunded"})
        assert bool(first["Cancelled at"]) == (status == "voided")
        assert bool(first["Fulfilled at"]) == (first["Fulfillment Status"] == "fulfilled")
        if status == "partially_refunded":
            assert 0 < refunded < total
        else:
            assert refunded == (total if status == "refunded" else 0)
        if status in {"pending", "voided"}:
            assert first["Payment Method"] == "Bank Deposit"
            assert first["Created at"][:10] == str(day)
    # few orders are returned completely
    assert seen - {"refunded"} == {"paid", "pending", "voided", "partially_refunded"}


def test_nothing_is_returned_before_it_was_shipped(week):
    for _, (first, *_) in orders_in(week):
        if first["Financial Status"] in {"refunded", "partially_refunded"}:
            assert first["Fulfillment Status"] == "fulfilled", first["Name"]


def test_an_order_keeps_the_address_of_its_day(week):
    told = {}
    for _, (first, *_) in orders_in(week):
        address = tuple(first[f"Shipping {part}"] for part in ("Street", "Zip", "Phone"))
        assert told.setdefault(first["Name"], address) == address


def test_a_bank_deposit_that_comes_in_later_brings_the_order_again(week):
    pending = {
        (day, name)
        for day, orders in week.items()
        for name, (first, *_) in orders.items()
        if first["Financial Status"] == "pending" and day < date(2026, 3, 9)
    }
    assert pending
    for day, name in pending:
        again = week[day + timedelta(days=1)][name][0]
        assert again["Financial Status"] in {"paid", "partially_refunded"}
        assert again["Paid at"][:10] == str(day + timedelta(days=1))


def test_an_order_comes_again_on_the_day_on_which_something_was_refunded(week):
    older = [
        (day, lines[0])
        for day, lines in orders_in(week)
        if lines[0]["Created at"][:10] < str(day) and lines[0]["Paid at"][:10] < str(day)
    ]
    assert len(older) > 3
    for _, first in older:
        assert first["Financial Status"] in {"refunded", "partially_refunded"}
        assert first["Fulfillment Status"] == "fulfilled" or first["Fulfilled at"] == ""


def test_only_orders_of_staff_are_tagged(world, week):
    # a small company in which a staff member tests the shop on that day
    day = date(2026, 3, 25)
    text = world.text("shopify", f"orders_export_{day}.csv", day, customers=300, seed=105)
    tags = [row["Tags"] for row in rows_of(text) if row["Total"]]
    assert tags.count("test") == 1
    assert set(tags) == {"test", ""}
    assert {first["Tags"] for _, (first, *_) in orders_in(week)} == {""}


def test_a_slip_in_an_address_passes_the_form(world):
    with duckdb.connect() as connection:
        create_vocabulary(connection, Company(10, seed=7))
        connection.execute(shopify_forms.MACROS)
        slips = connection.execute("""
            select shopify_slip('minji.kim42@mail.example.com', key) from range(300) as keys(key)
        """).fetchall()
    assert len(set(slips)) > 15
    for (text,) in slips:
        validate_email(text, check_deliverability=False, test_environment=True)
        assert text != "minji.kim42@mail.example.com"
        assert text.endswith(".example.com")


def test_typing_errors_are_in_the_truth(world):
    day = date(2026, 5, 1)
    folder, truth = world.write("shopify", day)
    rows = rows_of((folder / f"customers_export_{day}.csv").read_text(encoding="utf-8"))
    mistakes = duckdb.sql(f"""
        select row, name, clean from read_parquet('{truth}/mistakes/*.parquet')
        where file like 'customers%'
    """).fetchall()
    assert len(mistakes) > 2
    for row, name, clean in mistakes:
        assert name == "Email"
        assert rows[row - 1]["Email"] != clean


def test_addresses_are_syntactically_right_and_can_not_exist(week):
    for _, (first, *_) in orders_in(week):
        address = validate_email(first["Email"], check_deliverability=False, test_environment=True)
        assert address.domain.rsplit(".", 1)[-1] == "example" or re.search(
            r"(^|\.)example\.(com|org|net)$", address.domain
        )


def test_phone_numbers_are_written_in_many_ways_and_can_be_read(week):
    forms = set()
    for _, (first, *_) in orders_in(week):
        written = first["Shipping Phone"]
        forms.add(re.sub(r"\d+", "9", written))
        assert not written.startswith("+")
        number = phonenumbers.parse(written.lstrip("'"), "KR")
        assert number.country_code in {1, 82}
    assert {"9-9-9", "9", "9 9 9", "9.9.9", "'+9 9-9-9"} <= forms


def test_a_day_alone_is_the_same_as_within_others(world, monday):
    first, last = date(2026, 3, 1), date(2026, 3, 9)
    for day in (first, monday):
        folder, _ = world.write("shopify", day)
        for path in folder.iterdir():
            assert (
                path.read_bytes()
                == (world.write("shopify", first, last)[0] / path.name).read_bytes()
            )


@pytest.mark.parametrize(
    ("day", "header"),
    [
        (date(2025, 6, 1), OLDER_CUSTOMERS_HEADER),
        (date(2025, 7, 1), CUSTOMERS_HEADER),
        (
            date(2026, 5, 1),
            CUSTOMERS_HEADER
            + ",Accepts WhatsApp Marketing,Birth date (customer.metafields.facts.birth_date)",
        ),
    ],
)
def test_the_headers_of_customers_are_the_real_ones(world, day, header):
    text = world.text("shopify", f"customers_export_{day}.csv", day, customers=300)
    assert text.splitlines()[0] == header


def test_customers_are_exported_only_on_the_first_of_a_month(world, monday):
    folder, _ = world.write("shopify", date(2026, 3, 1), monday)
    assert [path.name for path in folder.glob("customers*")] == ["customers_export_2026-03-01.csv"]


def test_customers_have_the_values_of_real_files(world):
    day = date(2026, 5, 1)
    rows = rows_of(world.text("shopify", f"customers_export_{day}.csv", day))
    assert len({row["Customer ID"] for row in rows}) == len(rows) > 500
    for row in rows:
        assert re.fullmatch(r"'\d{13}", row["Customer ID"])
        for column in ("Accepts Email Marketing", "Accepts SMS Marketing", "Tax Exempt"):
            assert row[column] in {"yes", "no"}
        assert row["Accepts WhatsApp Marketing"] in {"yes", "no"}
        assert int(row["Total Orders"]) >= 0
        assert int(row["Total Spent"]) >= 0
        assert (row["Total Orders"] == "0") <= (row["Total Spent"] == "0")
        if phone := row["Phone"]:
            assert phone[:2] == "'+"
            number = phonenumbers.parse(phone[1:])
            assert (
                phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) == phone[1:]
            )
        if birth := row["Birth date (customer.metafields.facts.birth_date)"]:
            date.fromisoformat(birth.removeprefix("'"))
    assert sum(bool(row["Phone"]) for row in rows) > 100
    assert {row["Accepts Email Marketing"] for row in rows} == {"yes", "no"}


def test_a_person_with_two_accounts_is_two_customers(world):
    day = date(2026, 5, 1)
    folder, truth = world.write("shopify", day)
    rows = rows_of((folder / f"customers_export_{day}.csv").read_text(encoding="utf-8"))
    people = [
        person
        for (person,) in duckdb.sql(f"""
            select person from read_parquet('{truth}/records/*.parquet')
            where file like 'customers%' order by row
        """).fetchall()
    ]
    assert len(people) == len(rows)
    accounts = defaultdict(list)
    for person, row in zip(people, rows, strict=True):
        accounts[person].append(row)
    twice = [both for both in accounts.values() if len(both) == 2]
    assert {len(rows) for rows in accounts.values()} == {1, 2}
    assert len(twice) > 10
    for one, other in twice:
        assert one["Customer ID"] != other["Customer ID"]
        assert one["Email"] != other["Email"]


def test_what_a_customer_spent_is_what_the_orders_say(world):
    company, day = Company(400, seed=7), date(2025, 2, 1)
    folder, truth = world.write("shopify", day, customers=400)
    rows = rows_of((folder / f"customers_export_{day}.csv").read_text(encoding="utf-8"))
    with duckdb.connect() as connection:
        create_vocabulary(connection, company)
        first, last = day_number(company.opened), day_number(day)
        load_facts(connection, company, Span(first, last))
        told = connection.execute(f"""
            with placed as (
                select
                    visits.account,
                    orders.person,
                    orders.total + orders.shipping - coalesce((
                        select sum(net) from lines
                        where lines.visit_id = orders.visit_id and return_day <= {last}
                    ), 0) as paid
                from orders inner join visits on orders.visit_id = visits.visit_id
                where orders.place < 2 and visits.day >= {first} and orders.day <= {last}
            )
            select
                records.row,
                (select count(*) from placed where placed.person = records.person
                    and placed.account = if(records.key::bigint = email_number, 1, 2)),
                (select coalesce(sum(paid), 0) from placed where placed.person = records.person
                    and placed.account = if(records.key::bigint = email_number, 1, 2))
            from read_parquet('{truth}/records/*.parquet') as records
            inner join person_rows on records.person = person_rows.person
            where file like 'customers%' and system = 'shopify'
            order by records.row
        """).fetchall()
    assert sum(orders for _, orders, _ in told) > 40
    for row, orders, paid in told:
        assert (rows[row - 1]["Total Orders"], rows[row - 1]["Total Spent"]) == (
            str(orders),
            str(int(paid)),
        )


def test_without_slips_there_are_no_typing_errors(world, monday):
    _, truth = world.write("shopify", monday, dirty=False)
    assert duckdb.sql(f"select * from read_parquet('{truth}/mistakes/*.parquet')").fetchall() == []


def test_every_row_has_a_person(world, monday):
    _, truth = world.write("shopify", date(2026, 3, 1), monday)
    (found,) = duckdb.sql(f"""
        select count(*) from read_parquet('{truth}/records/*.parquet') where person is null
    """).fetchone()
    assert found == 0


def test_times_are_korean(week):
    for day, lines in orders_in(week):
        created = datetime.strptime(lines[0]["Created at"], "%Y-%m-%d %H:%M:%S %z")
        assert created.utcoffset() == timedelta(hours=9)
        assert created.date() <= day
