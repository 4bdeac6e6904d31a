"""Checks on the canonical entities, whichever system they came from.

`expectations.cleaned_loads` checks that they contain every row and every cent of the files.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import duckdb

from dangol.model_facts import received_models
from dangol.night import Night
from dangol.settings import Settings
from expectations.cleaned_descriptions import count_descriptions, of_descriptions
from expectations.cleaned_ids import find_personal_ids, of_ids
from expectations.cleaned_loads import of_loads
from expectations.cleaned_rounding import count_rounded_amounts, of_rounding
from expectations.cleaned_snapshots import of_snapshots
from expectations.grains import of_grains
from expectations.vocabulary import (
    UP_TO_THE_DAY,
    WARNING,
    Expectation,
    between,
    never_null,
    no_rows,
)

EARLIEST_ORDER = datetime(2000, 1, 1)
AN_INSTANT = timedelta(microseconds=1)
WHY_EARLIEST = "no source is older; an earlier time is a default such as 1970 or 1899"

UNKNOWN_LEAST_LINES = 10
UNKNOWN_PRODUCTS_WARN_ABOVE = 0.01
WHY_UNKNOWN_PRODUCTS = (
    "a few products are sold before the list of products has them; one line in a hundred means that"
    " the list did not arrive. Needs 10 lines: of a few lines one is a large share"
)
UNKNOWN_PEOPLE_WARN_ABOVE = 0.05
WHY_UNKNOWN_PEOPLE = (
    "the records of people are from the same evening, so only those who came after it are unknown;"
    " their lines still count, without attributes. Needs 10 lines, as above"
)

SEE_THE_FILE = (
    "find the file by _load_id in ops.loads; ask its owner for a correction, or handle the value in"
    " the system's staging model"
)


def prepare(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Count the rows of every entity by file and state once, into ``temp.row_states``.

    And the rows whose amounts are rounded, into ``temp.rounded_amounts``, those that describe
    something, into ``temp.described_rows``, and those whose ids look personal, into
    ``temp.personal_ids``.
    """
    connection.execute("create or replace temp table row_states as from cleaned.row_states")
    count_rounded_amounts(connection)
    count_descriptions(connection, settings)
    find_personal_ids(connection, settings)


def expectations(night: Night) -> list[Expectation]:
    """Return the checks on the cleaned entities."""
    return [
        *of_grains("cleaned"),
        *_of_order_lines(night),
        *of_loads(),
        *of_descriptions(),
        *of_rounding(),
        *of_ids(),
        *_of_entities(night),
    ]


def _of_order_lines(night: Night) -> list[Expectation]:
    lines = "cleaned.order_lines"
    needed = {
        "ordered_at": "models select by this time",
        "order_date": "every rollup groups by this day",
        "net_amount": "a missing amount would count as zero",
    }
    return [
        no_rows(
            lines,
            "on tonight's days, all lines of an order share one day, one store and one person",
            """
            with touched as (
                select hash(source_system, order_id) as order_hash
                from cleaned.order_lines
                where order_date in (select restated_date from cleaned.int_days_restated)
            )
            select source_system, order_id, min(order_date) as first_date,
                max(order_date) as last_date, count(distinct store_id) as store_count,
                count(distinct identifier_value) as person_count
            from cleaned.order_lines
            where hash(source_system, order_id) in (select order_hash from touched)
            group by source_system, order_id
            having first_date <> last_date or store_count > 1 or person_count > 1
            """,
            because="an order counts on one day and for one person; after a partial correction its"
            " money could end up on one day and the order on another",
            advice=SEE_THE_FILE,
        ),
        *(never_null(lines, column, why, SEE_THE_FILE) for column, why in needed.items()),
        between(lines, "net_amount", least=0, advice=SEE_THE_FILE,
                because="what is paid back is a refund, which is an entity of its own"),
        between(lines, "quantity", least=0, advice=SEE_THE_FILE,
                because="0 is no unit, such as of a fee; what comes back is a refund"),
        between(lines, "order_date", most=night.business_date, said=UP_TO_THE_DAY,
                advice=SEE_THE_FILE,
                because="a day that is not over cannot have been exported"),
        between(lines, "ordered_at", least=EARLIEST_ORDER, most=night.as_of - AN_INSTANT,
                said="since 2000 and before the end of the business day", advice=SEE_THE_FILE,
                because=f"a later time is in the future; {WHY_EARLIEST}"),
        no_rows(
            lines,
            "on every line, gross amount - discount = net amount",
            "select source_system, _load_id, _row, gross_amount, discount_amount, net_amount"
            " from cleaned.order_lines where gross_amount - discount_amount <> net_amount",
            because="exact to the smallest unit: amounts are decimals, and nothing is rounded",
            advice=SEE_THE_FILE,
        ),
        no_rows(
            lines,
            "all amounts are decimals with four places",
            "select table_name, column_name, data_type from duckdb_columns()"
            " where schema_name = 'cleaned' and column_name like '%_amount'"
            " and data_type <> 'DECIMAL(18,4)'",
            because="a sum of floating-point numbers depends on their order, so a night and a"
            " rebuild would differ",
            advice="cast the column in its staging model",
        ),
        no_rows(
            lines,
            "nearly all of tonight's lines name a product in the catalogue",
            """
            select count(*) as line_count, count(*) filter (products.product_id is null)
                as unknown_count
            from cleaned.order_lines
            left join (
                select distinct product_id_space, product_id from cleaned.products
            ) as products
                on order_lines.product_id = products.product_id
                and coalesce(order_lines.product_id_space, 'company')
                = coalesce(products.product_id_space, 'company')
            where order_lines._load_id in (select load_id from ops.loads where is_new)
            having unknown_count > $share * line_count and unknown_count >= $least
            """,
            severity=WARNING,
            bounds={"share": UNKNOWN_PRODUCTS_WARN_ABOVE, "least": UNKNOWN_LEAST_LINES},
            needs=("products",),
            because=WHY_UNKNOWN_PRODUCTS,
            advice="check in ops.loads when the catalogue last arrived",
        ),
        no_rows(
            lines,
            "nearly all of tonight's lines belong to someone in the contact records",
            """
            select count(*) as line_count, count(*) filter (records.identifier_value is null)
                as unknown_count
            from cleaned.order_lines
            left join (
                select distinct identifier_type, identifier_value from cleaned.contact_records
            ) as records
                on order_lines.identifier_type = records.identifier_type
                and order_lines.identifier_value = records.identifier_value
            where order_lines._load_id in (select load_id from ops.loads where is_new)
                and order_lines.identifier_value is not null
            having unknown_count > $share * line_count and unknown_count >= $least
            """,
            severity=WARNING,
            bounds={"share": UNKNOWN_PEOPLE_WARN_ABOVE, "least": UNKNOWN_LEAST_LINES},
            needs=("contact_records",),
            because=WHY_UNKNOWN_PEOPLE,
            advice="check in ops.loads when the records of people last arrived",
        ),
    ]  # fmt: skip


def _of_entities(night: Night) -> list[Expectation]:
    of_campaigns = [
        no_rows(
            entity.full_name,
            f"every row of {entity.full_name} names a known campaign",
            f"select source_system, campaign_id, _load_id, _row from {entity.full_name}"  # noqa: S608
            " anti join cleaned.campaigns on"
            f" campaigns.source_system = coalesce({entity.name}.campaign_source_system,"
            f" {entity.name}.source_system) and campaigns.campaign_id = {entity.name}.campaign_id"
            " where campaign_id is not null",
            severity=WARNING,
            because="the campaign's file may arrive a day later than the rows that name it",
            needs=("campaigns",),
            advice="if it is still missing tomorrow, ask the owner of the campaigns' export",
        )
        for entity, _ in received_models("versions")
        if "campaign_id" in entity.columns and entity.name != "campaigns"
    ]
    return [
        *of_campaigns,
        *_of_refunds(night),
        *of_snapshots(),
        between("cleaned.messages", "sent_date", most=night.business_date, said=UP_TO_THE_DAY,
                advice=SEE_THE_FILE,
                because="a message with a later date has not been sent yet"),
        between("cleaned.campaign_responses", "response_date", most=night.business_date,
                said=UP_TO_THE_DAY,
                advice=SEE_THE_FILE, because="a response cannot have a future date"),
        no_rows(
            "cleaned.campaigns",
            "no campaign ends before it starts",
            "select source_system, campaign_id, start_date, end_date from cleaned.campaigns"
            " where end_date < start_date",
            because="responses are matched to campaigns by these dates",
            advice=SEE_THE_FILE,
        ),
    ]  # fmt: skip


def _of_refunds(night: Night) -> list[Expectation]:
    refunds = "cleaned.refunds"
    return [
        *(never_null(refunds, column, why, SEE_THE_FILE) for column, why in {
            "refund_date": "a refund without a day is missing from every day's total",
            "refund_amount": "a missing amount would count as zero",
        }.items()),
        between(refunds, "refund_amount", least=0, advice=SEE_THE_FILE,
                because="a refund is what was paid back, as a positive amount"),
        between(refunds, "refund_date", most=night.business_date, said=UP_TO_THE_DAY,
                advice=SEE_THE_FILE, because="a day that is not over cannot have been exported"),
    ]  # fmt: skip
