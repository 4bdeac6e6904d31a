"""One bad row of each kind in the cleaned entities fails its own expectation and no other."""

from __future__ import annotations

from collections.abc import Callable

import pytest

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


TAKES_OVER = line("net_amount = net_amount + 6, gross_amount = gross_amount + 6", OTHER)
CASES = {
    "on tonight's days, all lines of an order share one day, one store and one person": (
        line("store_id = 'another'")
    ),
    "cleaned.order_lines.identifier_value is never null": line("identifier_value = null"),
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
    "all amounts are decimals with two places": "create table cleaned.refunds (net_amount double)",
    "nearly all of tonight's lines name a product in the catalogue": (
        "delete from cleaned.products where product_id = 'p3'"
    ),
    "nearly all of tonight's lines belong to someone in the contact records": (
        "delete from cleaned.contact_records where _row < 3"
    ),
    "every file has as many received lines as the ledger loaded": (
        f"delete from cleaned.int_order_lines_received where {FIRST};{TAKES_OVER}"
    ),
    "each of tonight's other files has as many received rows as the ledger loaded": (
        "delete from cleaned.int_campaign_responses_received"
        " where _load_id = 'grocer_campaigns.redemptions.000010' and _row = 0"
    ),
    "the lines of every file sum to its control total": (
        line("net_amount = net_amount + 0.01, gross_amount = gross_amount + 0.01")
    ),
    "current lines = received lines - superseded lines": (
        line("superseded_reason = 'no reason'")
    ),
    "no line of a corrected file is current": (
        line("is_current = true, superseded_reason = null",
             "_load_id = 'grocer_till.transactions.000007' and _row = 5")
        + line("is_current = false, superseded_reason = 'the line came again later'",
               "_load_id = 'grocer_till.transactions.000011' and _row = 5")
    ),
    "every line that was replaced has a current version": (
        line("is_current = false, superseded_reason = 'the line came again later'")
    ),
    "every row of cleaned.messages names a known campaign": (
        copy_of_one("int_messages_received", "'x' as message_id, 'c9' as campaign_id")
    ),
    "every row of cleaned.campaign_responses names a known campaign": copy_of_one(
        "int_campaign_responses_received",
        "'x' as response_id, 'c9' as campaign_id, 'old' as _load_id",
    ),
    "every row of cleaned.coupons names a known campaign": (
        copy_of_one("int_coupons_received", "'c9' as campaign_id")
    ),
    "cleaned.messages.sent_date is not after the business day": copy_of_one(
        "int_messages_received", "'x' as message_id, date '2018-01-01' as sent_date"
    ),
    "cleaned.campaign_responses.response_date is not after the business day": copy_of_one(
        "int_campaign_responses_received",
        "'x' as response_id, date '2018-01-01' as response_date, 'old' as _load_id",
    ),
    "no campaign ends before it starts": (
        copy_of_one("int_campaigns_received", "'x' as campaign_id, date '2017-01-01' as end_date")
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


def test_that_every_expectation_has_its_fault(night: Night) -> None:
    grains = {each.sentence for each in of_grains("cleaned")}
    assert {each.sentence for each in expectations(night)} - grains == set(CASES)


def test_that_times_before_the_first_till_are_caught(
    what_breaks: Callable[[str, str], set[str]],
) -> None:
    broken = what_breaks("cleaned", line("ordered_at = timestamp '1970-01-01'"))

    assert {sentence[:33] for sentence in broken} == {"cleaned.order_lines.ordered_at is"}
