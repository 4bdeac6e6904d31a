"""What the canonical entities must satisfy, whatever system they came from.

That every row and every cent of the files is in them is in `expectations.cleaned_loads`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from dangol.night import Night
from expectations.cleaned_loads import of_loads
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
WHY_EARLIEST = "older than any till that is read here: earlier is a default such as 1970 or 1899"

UNKNOWN_PRODUCTS_WARN_ABOVE = 0.01
WHY_UNKNOWN_PRODUCTS = (
    "0.33 % of the grocer's lines name a product that its catalogue never had; three times that is"
    " a catalogue that did not come"
)
UNKNOWN_MEMBERS_WARN_ABOVE = 0.05
WHY_UNKNOWN_MEMBERS = (
    "the members' snapshot is of the same evening, so only who joined after it is unknown; lines"
    " count all the same, without attributes"
)

SEE_THE_FILE = (
    "find the file by _load_id in ops.loads; ask its owner for a correction, or teach the staging"
    " model of the system what the value means"
)


def expectations(night: Night) -> list[Expectation]:
    """Return what must hold of the cleaned entities.

    Parameters
    ----------
    night
        Bounds the days and times.

    Returns
    -------
    list of Expectation
        Grains and lines first, then the reconciliation, then the other entities.
    """
    return [*of_grains("cleaned"), *_of_order_lines(night), *of_loads(), *_of_entities(night)]


def _of_order_lines(night: Night) -> list[Expectation]:
    lines = "cleaned.order_lines"
    needed = {
        "identifier_value": "a line of nobody would be missing from every customer's sum",
        "ordered_at": "models are cut by this time",
        "order_date": "every rollup is by this day",
        "net_amount": "an unknown amount would count as nothing",
    }
    return [
        no_rows(
            lines,
            "of tonight's days, the lines of an order are of one day, one store and one person",
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
            because="an order is counted on one day and for one person: of a basket that was"
            " corrected in part, money would be on one day and the order on another",
            advice=SEE_THE_FILE,
        ),
        *(never_null(lines, column, why, SEE_THE_FILE) for column, why in needed.items()),
        between(lines, "net_amount", least=0, advice=SEE_THE_FILE,
                because="what comes back to the customer is a refund, an entity of its own"),
        between(lines, "quantity", least=0, advice=SEE_THE_FILE,
                because="0 is a coupon or a deposit at the till; less would be a refund"),
        between(lines, "order_date", most=night.business_date, said=UP_TO_THE_DAY,
                advice=SEE_THE_FILE,
                because="a day that is not over can't have been exported"),
        between(lines, "ordered_at", least=EARLIEST_ORDER, most=night.as_of - AN_INSTANT,
                said="since 2000 and before the end of the business day", advice=SEE_THE_FILE,
                because=f"after the night's end would be the future; {WHY_EARLIEST}"),
        no_rows(
            lines,
            "of every line, gross amount - discount = net amount",
            "select source_system, _load_id, _row, gross_amount, discount_amount, net_amount"
            " from cleaned.order_lines where gross_amount - discount_amount <> net_amount",
            because="to the cent: these are decimals, nothing is rounded",
            advice=SEE_THE_FILE,
        ),
        no_rows(
            lines,
            "all money is a decimal with two places",
            "select table_name, column_name, data_type from duckdb_columns()"
            " where schema_name = 'cleaned' and column_name like '%_amount'"
            " and data_type <> 'DECIMAL(18,2)'",
            because="a sum of floating-point numbers depends on their order, and night and rebuild"
            " would differ",
            advice="cast the column in its staging model",
        ),
        no_rows(
            lines,
            "nearly all of tonight's lines name a product of the catalogue",
            """
            select count(*) as line_count, count(*) filter (products.product_id is null)
                as unknown_count
            from cleaned.order_lines
            left join (select distinct product_id from cleaned.products) as products
                on order_lines.product_id = products.product_id
            where order_lines._load_id in (select load_id from ops.loads where is_new)
            having unknown_count > $share * line_count
            """,
            severity=WARNING,
            bounds={"share": UNKNOWN_PRODUCTS_WARN_ABOVE},
            because=WHY_UNKNOWN_PRODUCTS,
            advice="see in ops.loads when the catalogue came last",
        ),
        no_rows(
            lines,
            "nearly all of tonight's lines are of somebody in the contact records",
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
            having unknown_count > $share * line_count
            """,
            severity=WARNING,
            bounds={"share": UNKNOWN_MEMBERS_WARN_ABOVE},
            because=WHY_UNKNOWN_MEMBERS,
            advice="see in ops.loads when the members' snapshot came last",
        ),
    ]  # fmt: skip


def _of_entities(night: Night) -> list[Expectation]:
    of_campaigns = [
        no_rows(
            f"cleaned.{entity}",
            f"every row of cleaned.{entity} names a campaign that is known",
            f"select source_system, campaign_id, _load_id, _row from cleaned.{entity}"  # noqa: S608
            " anti join cleaned.campaigns using (source_system, campaign_id)"
            " where campaign_id is not null",
            severity=WARNING,
            because="the campaign's own file may come a day later than what refers to it",
            advice="if it does not come, ask the owner of the campaigns' export",
        )
        for entity in ("messages", "campaign_responses", "coupons")
    ]
    return [
        *of_campaigns,
        between("cleaned.messages", "sent_date", most=night.business_date, said=UP_TO_THE_DAY,
                advice=SEE_THE_FILE,
                because="what has not been sent is a plan"),
        between("cleaned.campaign_responses", "response_date", most=night.business_date,
                said=UP_TO_THE_DAY,
                advice=SEE_THE_FILE, because="nobody answers tomorrow"),
        no_rows(
            "cleaned.campaigns",
            "no campaign ends before it starts",
            "select source_system, campaign_id, start_date, end_date from cleaned.campaigns"
            " where end_date < start_date",
            because="whether an answer belongs to a campaign is told by its days",
            advice=SEE_THE_FILE,
        ),
    ]  # fmt: skip
