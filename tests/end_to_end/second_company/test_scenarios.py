"""What the gift shop's files could do to its figures and must not: each night stops, by name."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.end_to_end.second_company.exports import HEADER, STORES, land, write_csv
from tests.end_to_end.second_company.exports import lines_of as lines_of_day
from tests.end_to_end.second_company.troubles import SECOND_NIGHT

pytestmark = pytest.mark.end_to_end

NEXT = SECOND_NIGHT + timedelta(days=1)
REFUSED = "no file is refused: no two claim one delivery, none has the content of another"
CONTRADICT = "no two rows of order_lines contradict each other"
LAST = f"invoices_station_{SECOND_NIGHT}.csv"


def content_of(shop, file=LAST):
    return (shop.invoices / file).read_bytes()


def test_another_spelling_of_a_day_is_not_another_delivery(shop):
    """The export tool was updated and writes the day without dashes."""
    other = LAST.replace("-", "")
    land(shop.invoices, other, content_of(shop) + b"590099,21000,TIN,1,07/12/2025 18:00,1,,\r\n")
    said = shop.stopped(NEXT, "gate_raw")
    assert REFUSED in said
    assert f"file={other}, contender={LAST}" in said


def test_yesterdays_file_under_todays_name_stops_the_night(shop):
    today = LAST.replace(f"{SECOND_NIGHT}", f"{NEXT}")
    land(shop.invoices, today, content_of(shop))
    said = shop.stopped(NEXT, "gate_raw")
    assert REFUSED in said
    assert f"file={today}, contender={LAST}" in said


def test_one_stores_file_under_the_others_name_stops_the_night(shop):
    today = LAST.replace(f"{SECOND_NIGHT}", f"{NEXT}")
    land(shop.invoices, today, content_of(shop).replace(b"07/12/2025", b"08/12/2025"))
    land(shop.invoices, today.replace("station", "harbour"), content_of(shop, today))
    said = shop.stopped(NEXT, "gate_raw")
    assert REFUSED in said
    assert f"file={today}, contender={today.replace('station', 'harbour')}" in said


def test_a_store_that_sends_nothing_is_missed_although_the_other_one_does(shop):
    today = LAST.replace(f"{SECOND_NIGHT}", f"{NEXT}").replace("station", "harbour")
    land(shop.invoices, today, content_of(shop).replace(b"07/12/2025", b"08/12/2025"))
    act = shop.start("steps", day=f"{NEXT}", names=["begin", "extract", "stage_raw", "gate_raw"])
    act.succeed()
    said = act.log.read_text()
    assert "warning: every part of a delivery that always comes has come" in said
    assert "stream=invoices, part=station, last_file_date=2025-12-07, missed_days=1" in said


def test_a_column_that_is_renamed_is_read_beside_the_old_files(shop, rows):
    """The till was updated: another header for the price, and a new column."""
    header = (*HEADER[:5], "Unit Price", *HEADER[6:], "Channel")
    for store in STORES:
        new = [[*line.fields(), "web"] for line in lines_of_day(store, NEXT)]
        land(shop.invoices, f"invoices_{store}_{NEXT}.csv", write_csv(header, new))
    said = shop.stopped(NEXT, "gate_raw")
    assert "no expected file of the last week is missing because it was rejected" in said
    change(
        shop.company / "systems" / "invoices" / "invoices.contract.yml",
        (r"version: 1\.0\.0", "version: 2.0.0"),
        (r"physicalName: Price,", "physicalName: Unit Price, customProperties: [{property: "
         "formerNames, value: [Price]}],"),
        (r"( +- )\{name: country,", r"\1{name: channel, physicalName: Channel}\n\g<0>"),
    )  # fmt: skip
    names = ["begin", "extract", "stage_raw", "gate_raw", "cleaned", "gate_cleaned"]
    shop.start("steps", day=f"{NEXT}", names=names).succeed()
    new_rows = [line for store in STORES for line in lines_of_day(store, NEXT)]
    new_total = sum((line.quantity * line.price for line in new_rows), Decimal(0))
    assert shop.ask_build(
        "select cast(sum(row_count) as bigint), sum(amount) from cleaned.row_states"
        " where system = 'invoices' and row_state <> 'superseded'"
    ) == [(len(rows) + len(new_rows), rows["amount"].sum() + new_total)]


def change(file, *replacements):
    """Replace patterns in a file, each of which it must have."""
    text = file.read_text()
    for pattern, replacement in replacements:
        text, count = re.subn(pattern, replacement, text)
        assert count, pattern
    file.write_text(text)


@pytest.mark.parametrize(
    ("price", "sentence", "told"),
    [
        (
            "9999999999.9999",  # it can be added to others, but is no amount of an entity
            "the rows of every file sum to its control total",
            "stream=invoices, file_date=2025-12-08, control_total=999999999999990",
        ),
        (
            "99999999999999.9999",
            "no file of tonight has too many quarantined rows",
            "stream=invoices, file_date=2025-12-08, rows_read=1, rows_quarantined=1",
        ),
    ],
)
def test_an_amount_beyond_all_digits_names_its_file(shop, price, sentence, told):
    """Both numbers fit their types; their product is no amount."""
    today = LAST.replace(f"{SECOND_NIGHT}", f"{NEXT}")
    row = ["590098", "21000", "LANTERN", "100000", "08/12/2025 18:00", price, "", ""]
    land(shop.invoices, today, write_csv(HEADER, [row]))
    said = shop.stopped(NEXT, "gate_raw", "cleaned", "gate_cleaned")
    assert sentence in said
    assert told in said


# ---------------------------------------------------------------- were there a key


def declare_a_key(shop, **properties):
    """Say that an invoice has each product once, which is not true of this shop."""
    folder = shop.company / "systems" / "invoices"
    others = "".join(
        f"\n      - {{property: {name}, value: {value}}}" for name, value in properties.items()
    )
    change(
        folder / "invoices.contract.yml",
        (r"\n +- \{property: rowIdentity, value: place\}", others),
        (r"\{name: (invoice_no|stock_code),", r"{name: \1, primaryKey: true,"),
    )
    change(
        folder / "stg_invoices__order_lines.sql",
        (r"_place as order_line_id", "stock_code as order_line_id"),
        (r"\S[^,\n]* as order_id", "invoice_no as order_id"),
    )
    change(
        folder / "stg_invoices__refunds.sql",
        (r"_place as refund_id", "invoice_no || ' ' || stock_code as refund_id"),
    )


def test_with_a_key_rows_that_contradict_each_other_stop_the_night(shop, rows):
    declare_a_key(shop)
    said = shop.stopped(SECOND_NIGHT, "gate_raw", "cleaned", "gate_cleaned")
    assert CONTRADICT in said
    told = next(part for part in said.split("\ngate ") if CONTRADICT in part)
    assert re.search(r"order_id=\d+, order_line_id=\w+, .*net_amount=[\d.]+", told)
    assert "rowIdentity: place, laterDeliveries: revise" in told


def test_with_a_key_contradictions_may_be_set_aside_and_everything_balances(shop, rows):
    declare_a_key(shop, onConflict="set_aside", exactDoubles="set_aside")
    names = ["begin", "extract", "stage_raw", "cleaned"]
    shop.start("steps", day=f"{SECOND_NIGHT}", names=names).succeed()
    found = {
        reason: (count, amount)
        for reason, count, amount in shop.ask_build(
            "select state_reason, count(*), sum(net_amount) from cleaned.int_order_lines_received"
            " where state_reason not in ('its file was corrected', 'bad debt', 'test order',"
            " 'cancelled', 'stock correction') group by state_reason"
        )
    }
    assert found == _by_reason(rows)
    [(money, total)] = shop.ask_build(
        "select (select sum(amount) from cleaned.row_states where system = 'invoices'),"
        " (select sum(control_total) from ops.loads where system = 'invoices')"
    )
    assert money == total


def _by_reason(rows):
    """Return rows and money by reason, if an invoice had each product once."""
    lines = rows[~rows["is_refund"] & rows["reason"].isna()]
    raw = ["invoice", "code", "description", "quantity", "at", "price", "customer", "country"]
    is_double = lines.fillna("").duplicated(["file", *raw])
    reasons = {"an exact double in its file": lines[is_double]}
    lines = lines[~is_double].fillna("")
    key = ["invoice", "code"]
    in_file = lines.groupby([*key, "file"])["amount"].transform("size") > 1
    content = lines[["store", "quantity", "price", "at", "customer"]].apply(tuple, axis=1)
    others = content.groupby([lines[name] for name in key]).transform("nunique") > 1
    reasons["its key is repeated in its file"] = lines[in_file]
    reasons["its key came again with other content"] = lines[others & ~in_file]
    return {reason: (len(found), found["amount"].sum()) for reason, found in reasons.items()}
