"""One bad row of each kind in the cleaned entities fails its own expectation and no other."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dangol.model_facts import received_models
from dangol.night import Night
from dangol.settings import Settings
from expectations.cleaned import expectations
from expectations.gate import run_gate
from expectations.grains import of_grains

# tonight's line number 5 costs 6.00, like number 12; one takes what the other loses
FIRST = "_load_id = 'grocer_till.transactions.000010' and _row = 5"
WHOLE_ORDER = (
    "order_id in (select order_id from cleaned.int_order_lines_received as bad"
    f" where {FIRST.replace('_load_id', 'bad._load_id').replace('_row', 'bad._row')})"
)
OTHER = "_load_id = 'grocer_till.transactions.000010' and _row = 12"


def line(assignment: str, where: str = FIRST) -> str:
    return f"update cleaned.int_order_lines_received set {assignment} where {where};"


def copy_of_one(table: str, replacements: str = "") -> str:
    replaced = f"* replace ({replacements})" if replacements else "*"
    return f"insert into cleaned.{table} select {replaced} from cleaned.{table} limit 1"


def absent_from(stream: str, day: str) -> str:
    """SQL that adds the load of an earlier file of a stream, whose rows are absent since a day."""
    return (
        "insert into ops.loads select * replace ('earlier' as load_id, false as is_new)"
        f" from ops.loads where stream = '{stream}' limit 1;"
        f"insert into cleaned.int_snapshots_received values ('earlier', '', '', false, '{day}');"
    )


def refund(replacements: str) -> str:
    """Add a refund, which no file has brought."""
    return (
        f"insert into cleaned.int_refunds_received select * replace ({replacements}) from ("
        "select 'grocer_till' as source_system, 'r1' as refund_id, order_id, order_line_id,"
        " identifier_type, identifier_value, store_id, product_id, quantity,"
        " net_amount as refund_amount, store_id_space, product_id_space,"
        " source_system as order_source_system, order_date as refund_date, 'old' as _load_id, _row,"
        " set_aside_reason, row_state, state_reason from cleaned.int_order_lines_received"
        " where row_state = 'current' limit 1)"
    )


def promotion(replacements: str) -> str:
    return (
        f"insert into cleaned.int_promotions_received select * replace ({replacements}) from ("
        "select 'grocer_catalogue' as source_system, 'a' as promotion_id, 'p0' as product_id,"
        " 'old' as _load_id, 1 as _row, 'current' as row_state, '' as state_reason)"
    )


TAKES_OVER = line("net_amount = net_amount + 6, gross_amount = gross_amount + 6", OTHER)
CASES = {
    "every row of tonight's files arrives in the staging models of what its stream describes": (
        "create schema if not exists staging;"
        "create view staging.stg_grocer_catalogue__products as"
        " select load_id as _load_id, 1 as _row from ops.loads where false;"
        "update ops.loads set is_new = true where system = 'grocer_catalogue'"
        " and stream = 'products'"
    ),
    "no amount of tonight's files is rounded": (
        "create schema if not exists staging;"
        "create view staging.stg_x as select load_id as _load_id, 1.00005::double as net_amount"
        " from ops.loads where load_id = 'grocer_till.transactions.000010'"
    ),
    "on tonight's days, all lines of an order share one day, one store and one person": (
        line("store_id = 'another'")
    ),
    "cleaned.order_lines.ordered_at is never null": line("ordered_at = null"),
    "cleaned.order_lines.order_date is never null": line("order_date = null"),
    "cleaned.order_lines.net_amount is never null": line("net_amount = null") + TAKES_OVER,
    "cleaned.order_lines.net_amount is at least 0": (
        line("net_amount = -1, gross_amount = -0.5")
        + TAKES_OVER
        + line("net_amount = net_amount + 1, gross_amount = gross_amount + 1", OTHER)
    ),
    "cleaned.order_lines.quantity is at least 0": line("quantity = -1"),
    "cleaned.order_lines.order_date is not after the business day": (
        line("order_date = date '2018-01-01'", WHOLE_ORDER)
    ),
    "cleaned.order_lines.ordered_at is since 2000 and before the end of the business day": (
        line("ordered_at = timestamp '2018-01-01 05:00:00'")
    ),
    "on every line, gross amount - discount = net amount": line("gross_amount = gross_amount + 1"),
    "all amounts are decimals with four places": "create table cleaned.other (net_amount double)",
    "nearly all of tonight's lines name a product in the catalogue": (
        "delete from cleaned.products where product_id = 'p3'"
    ),
    "nearly all of tonight's lines belong to someone in the contact records": (
        "delete from cleaned.contact_records where _row < 3"
    ),
    "every row of a file is current, superseded or set aside in one entity": (
        "delete from cleaned.int_campaign_responses_received"
        " where _load_id = 'grocer_campaigns.redemptions.000010' and _row = 0"
    ),
    "the rows of every file sum to its control total": (
        line("net_amount = net_amount + 0.0001, gross_amount = gross_amount + 0.0001")
    ),
    "no row of a corrected file is current": (
        line("row_state = 'current', state_reason = null",
             "_load_id = 'grocer_till.transactions.000007' and _row = 5")
        + line("row_state = 'superseded', state_reason = 'another'",
               "_load_id = 'grocer_till.transactions.000011' and _row = 5")
    ),
    "every row of tonight's files is of a day that counts from its file": (
        line("row_state = 'set_aside', state_reason = 'a row of a day that counts from another"
             " file'", "_load_id = 'grocer_till.transactions.000010' and _row = 5")
    ),
    "no amount of tonight's files has too many digits": (
        line("row_state = 'set_aside', state_reason = 'an amount has too many digits'", OTHER)
    ),
    "few rows of tonight's files were set aside": (
        line("row_state = 'set_aside', state_reason = 'a test order'",
             "_load_id = 'grocer_till.transactions.000010' and _row < 13")
    ),
    **{
        f"no two rows of {entity} contradict each other": (
            f"update cleaned.int_{entity}_received set row_state = 'conflict' where _row = 5"
            " and _load_id not in (select load_id from ops.loads where superseded_by is not null)"
        )
        for entity in ("order_lines", "messages")
    },
    "no two rows of refunds contradict each other": refund("'conflict' as row_state"),
    **{
        f"no two rows of {entity} contradict each other": copy_of_one(
            f"int_{entity}_received", f"'conflict' as row_state, 'old' as _load_id, {key}"
        )
        for entity, key in {
            "campaigns": "'x' as campaign_id", "coupons": "'x' as coupon_id",
            "campaign_responses": "'x' as response_id",
        }.items()
    },
    "no two rows of promotions contradict each other": promotion("'conflict' as row_state"),
    **{
        f"every row of {entity} that was replaced has another version": (
            f"update cleaned.int_{entity}_received set row_state = 'superseded',"
            " state_reason = 'the same row came again' where _row = 5"
        )
        for entity in ("order_lines", "messages")
    },
    **{
        f"every row of {entity} that was replaced has another version": copy_of_one(
            f"int_{entity}_received",
            f"'superseded' as row_state, 'a later delivery revised it' as state_reason, {key},"
            " 'old' as _load_id",
        )
        for entity, key in {
            "campaigns": "'x' as campaign_id", "coupons": "'x' as coupon_id",
            "campaign_responses": "'x' as response_id",
        }.items()
    },
    "every row of refunds that was replaced has another version": refund(
        "'superseded' as row_state, 'the same row came again' as state_reason"
    ),
    "every row of promotions that was replaced has another version": promotion(
        "'superseded' as row_state, 'the same row came again' as state_reason"
    ),
    "cleaned.refunds.refund_date is never null": refund("null as refund_date"),
    "cleaned.refunds.refund_amount is never null": refund("null as refund_amount"),
    "cleaned.refunds.refund_amount is at least 0": refund("-1 as refund_amount"),
    "cleaned.refunds.refund_date is not after the business day": (
        refund("date '2018-01-01' as refund_date")
    ),
    "no two rows of a snapshot contradict each other about products": (
        "update cleaned.int_products_received set is_contested = true where product_id = 'p0'"
    ),
    "no two rows of a snapshot contradict each other about contact_records": (
        "update cleaned.int_contact_records_received set is_contested = true where _row = 1"
    ),
    "tonight's full snapshots are complete": (
        "update ops.snapshots set is_complete = false where stream = 'members'"
        " and file_date = date '2017-12-31'"
    ),
    "tonight's full snapshots lack few of the active rows of products": (
        "update ops.loads set is_new = true where stream = 'products';"
        + absent_from("products", "2017-12-29")
        + "update cleaned.products set is_active = false, inactive_since = date '2017-12-29',"
        " _load_id = 'earlier' where product_id <> 'p0'"
    ),
    "tonight's full snapshots lack few of the active rows of contact_records": (
        absent_from("members", "2017-12-31")
        + "update cleaned.contact_records set is_active = false,"
        " inactive_since = date '2017-12-31', _load_id = 'earlier' where _row < 11"
    ),
    "tonight's full snapshots have nearly as many rows as the largest of the two weeks before": (
        "update ops.snapshots set row_count = 19 where file_date = date '2017-12-31'"
    ),
    "every row of cleaned.messages names a known campaign": (
        copy_of_one("int_messages_received",
                    "'x' as message_id, 'c9' as campaign_id, 'old' as _load_id")
    ),
    "every row of cleaned.campaign_responses names a known campaign": copy_of_one(
        "int_campaign_responses_received",
        "'x' as response_id, 'c9' as campaign_id, 'old' as _load_id",
    ),
    "every row of cleaned.coupons names a known campaign": (
        copy_of_one("int_coupons_received", "'c9' as campaign_id, 'old' as _load_id")
    ),
    "cleaned.messages.sent_date is not after the business day": copy_of_one(
        "int_messages_received",
        "'x' as message_id, date '2018-01-01' as sent_date, 'old' as _load_id",
    ),
    "cleaned.campaign_responses.response_date is not after the business day": copy_of_one(
        "int_campaign_responses_received",
        "'x' as response_id, date '2018-01-01' as response_date, 'old' as _load_id",
    ),
    "no campaign ends before it starts": (
        copy_of_one("int_campaigns_received",
                    "'x' as campaign_id, date '2017-01-01' as end_date, 'old' as _load_id")
    ),
    "no id of tonight's rows looks like a phone number, an e-mail address or a resident number": (
        "update cleaned.int_order_lines_received set product_id = '010-1234-5678'"
        " where (_load_id, _row) in (select (_load_id, _row) from cleaned.order_lines"
        " where _load_id in (select load_id from ops.loads where is_new) limit 1)"
    ),
}  # fmt: skip


def test_that_a_good_build_passes(settings: Settings, night: Night) -> None:
    result = run_gate(settings, night, "cleaned")

    assert (result["passed"], result["warnings"]) == (len(expectations(night)), [])


@pytest.mark.parametrize("sentence", CASES)
def test_that_one_fault_breaks_one_expectation(
    sentence: str, what_breaks: Callable[[str, str], set[str]]
) -> None:
    assert what_breaks("cleaned", CASES[sentence]) == {sentence}


ASIDE = "few rows of tonight's files were set aside"
SMALL = "insert into cleaned.unused_descriptions select system, stream, load_id, load_date,"
OF_MEMBERS = "from ops.loads where load_id = 'grocer_loyalty.members.000010'"


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        (f"{SMALL} 'contact_records', 'a test', rows_loaded {OF_MEMBERS}", {ASIDE}),
        (f"{SMALL} 'contact_records', 'a test', 10 {OF_MEMBERS}", {ASIDE}),
        (f"{SMALL} 'contact_records', 'a test', 9 {OF_MEMBERS}", set()),
        # nine of its rows for one reason and one for another
        (
            f"{SMALL} 'contact_records', unnest(['a', 'b']), unnest([9, 1]) {OF_MEMBERS}",
            {ASIDE},
        ),
    ],
)
def test_that_rows_of_a_small_file_that_are_set_aside_are_told(
    what_breaks: Callable[[str, str], set[str]], statement: str, broken: set[str]
) -> None:
    assert what_breaks("cleaned", statement) == broken


def test_that_a_few_unknown_ids_warn_no_one(what_breaks: Callable[[str, str], set[str]]) -> None:
    assert what_breaks("cleaned", line("product_id = 'new'")) == set()


@pytest.mark.parametrize(
    ("entity", "blank"), [("order_lines", "order_line_id"), ("messages", "message_id")]
)
def test_that_a_blank_key_is_told_by_stream_and_beside_the_grain(
    what_breaks: Callable[[str, str], set[str]], entity: str, blank: str
) -> None:
    statement = f"update cleaned.int_{entity}_received set {blank} = null where {FIRST_OF[entity]}"
    (grain,) = [each.sentence for each in of_grains("cleaned") if each.table == f"cleaned.{entity}"]
    assert what_breaks("cleaned", statement) == {f"every row of {entity} has a whole key", grain}


FIRST_OF = {"order_lines": FIRST, "messages": "_row = 5 and row_state = 'current'"}


def test_that_every_expectation_has_its_fault(night: Night) -> None:
    grains = {each.sentence for each in of_grains("cleaned")}
    keys = {f"every row of {each.name} has a whole key" for each, _ in received_models("versions")}
    assert {each.sentence for each in expectations(night)} - grains - keys == set(CASES)


def test_that_times_before_the_first_orders_are_caught(
    what_breaks: Callable[[str, str], set[str]],
) -> None:
    broken = what_breaks("cleaned", line("ordered_at = timestamp '1970-01-01'"))

    assert {sentence[:33] for sentence in broken} == {"cleaned.order_lines.ordered_at is"}


def test_that_rows_which_are_always_set_aside_are_usual(
    what_breaks: Callable[[str, str], set[str]],
) -> None:
    change = line(
        "row_state = 'set_aside', state_reason = 'not returned'",
        "_load_id like 'grocer_till.%' and _load_id <> 'grocer_till.transactions.000007'"
        " and _row < 20",
    )
    assert what_breaks("cleaned", change) == set()
