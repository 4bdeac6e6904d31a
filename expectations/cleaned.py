"""What the canonical entities must satisfy, whatever system they came from.

The money and the rows of every file are followed from the ledger into the order lines, to the cent
and to the row, over the whole history: one pass over three columns.
"""

from __future__ import annotations

from datetime import datetime

from dangol.night import Night
from expectations.vocabulary import (
    UP_TO_THE_DAY,
    WARNING,
    Expectation,
    between,
    never_null,
    no_rows,
    unique,
)

ORDER_LINE_STREAMS = (("grocer_till", "transactions", "sales_value"),)
"""The streams whose rows become order lines, and the control total that is their net amount. A new
system that sells adds its line here."""

RECEIVED = {
    "int_messages_received": ("grocer_campaigns", "sends"),
    "int_campaigns_received": ("grocer_campaigns", "campaigns"),
    "int_coupons_received": ("grocer_campaigns", "coupons"),
    "int_campaign_responses_received": ("grocer_campaigns", "redemptions"),
    "promotions": ("grocer_catalogue", "promotions"),
}
"""Where every row of the other streams must arrive; snapshots keep the latest state alone."""

EARLIEST_ORDER = datetime(2000, 1, 1)
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

KEYS = {
    "products": ["source_system", "product_id"],
    "contact_records": ["source_system", "record_id"],
    "campaigns": ["source_system", "campaign_id"],
    "messages": ["source_system", "message_id"],
    "campaign_responses": ["source_system", "response_id"],
    "coupons": ["source_system", "campaign_id", "coupon_id", "product_id"],
}
"""What tells the rows of an entity apart."""

FIX_THE_MODEL = "this is a fault of the model: see its SQL in dbt_project/models/cleaned/"
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
        Lines first, then the reconciliation, then the other entities.
    """
    return [*_of_order_lines(night), *_of_reconciliation(), *_of_entities(night)]


def _of_order_lines(night: Night) -> list[Expectation]:
    lines = "cleaned.order_lines"
    needed = {
        "order_id": "a line without an order is in no basket",
        "order_line_id": "corrections find the line by it",
        "identifier_value": "a line of nobody would be missing from every customer's sum",
        "ordered_at": "models are cut by this time",
        "order_date": "every rollup is by this day",
        "net_amount": "an unknown amount would count as nothing",
    }
    return [
        unique(lines, ["source_system", "order_id", "order_line_id"],
               "a line that holds twice is counted twice", FIX_THE_MODEL),
        *(never_null(lines, column, why, SEE_THE_FILE) for column, why in needed.items()),
        between(lines, "net_amount", least=0, advice=SEE_THE_FILE,
                because="what comes back to the customer is a refund, an entity of its own"),
        between(lines, "quantity", least=0, advice=SEE_THE_FILE,
                because="0 is a coupon or a deposit at the till; less would be a refund"),
        between(lines, "order_date", most=night.business_date, said=UP_TO_THE_DAY,
                advice=SEE_THE_FILE,
                because="a day that is not over can't have been exported"),
        between(lines, "ordered_at", least=EARLIEST_ORDER, most=night.as_of,
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


def _of_reconciliation() -> list[Expectation]:
    received = "cleaned.int_order_lines_received"
    expected = " union all ".join(
        "select load_id, stream, rows_loaded,"  # noqa: S608  constants of this page
        f" cast(control_totals ->> '{total}' as decimal(38, 2)) as control_total"
        f" from ops.loads where status = 'loaded' and system = '{system}' and stream = '{stream}'"
        for system, stream, total in ORDER_LINE_STREAMS
    )
    sums = (
        "select _load_id, count(*) as line_count, sum(net_amount) as net_amount"
        " from cleaned.int_order_lines_received group by _load_id"
    )
    return [
        no_rows(
            received,
            "as many lines were received of every file as the ledger loaded",
            f"select coalesce(load_id, _load_id) as load_id, stream, rows_loaded, line_count"  # noqa: S608
            f" from ({expected}) as ledger full join ({sums}) as received on load_id = _load_id"
            " where rows_loaded is distinct from line_count and coalesce(rows_loaded, 1) > 0",
            because="nothing is lost or doubled between the lake and the models: to the row",
            advice=FIX_THE_MODEL,
        ),
        _received_tonight(),
        no_rows(
            received,
            "the lines of every file sum to its control total",
            f"select load_id, stream, control_total, net_amount"  # noqa: S608  as above
            f" from ({expected}) as ledger inner join ({sums}) as received on load_id = _load_id"
            " where control_total is distinct from net_amount",
            because="to the cent: the total was taken while the file was read",
            advice=FIX_THE_MODEL,
        ),
        no_rows(
            received,
            "the lines that hold are those received without those superseded",
            """
            select received_count, superseded_count, line_count
            from (
                select count(*) as received_count, count(superseded_reason) as superseded_count
                from cleaned.int_order_lines_received
            )
            cross join (select count(*) as line_count from cleaned.order_lines)
            where line_count <> received_count - superseded_count
            """,
            because="a version may only be left out with its reason",
            advice=FIX_THE_MODEL,
        ),
        no_rows(
            received,
            "no line of a corrected file holds",
            """
            select source_system, _load_id, _row from cleaned.int_order_lines_received
            where is_current
                and _load_id in (select load_id from ops.loads where superseded_by is not null)
            """,
            because="a correction replaces its file as a whole",
            advice=FIX_THE_MODEL,
        ),
        no_rows(
            received,
            "a line that was replaced by a later version has one that holds",
            """
            with replaced as (
                select distinct source_system, order_id, order_line_id
                from cleaned.int_order_lines_received
                where not is_current
                    and _load_id in (select load_id from ops.loads where superseded_by is null)
            )
            select source_system, order_id, order_line_id
            from replaced
            anti join cleaned.order_lines using (source_system, order_id, order_line_id)
            """,
            because="otherwise two versions have cancelled each other out",
            advice=FIX_THE_MODEL,
        ),
    ]


def _received_tonight() -> Expectation:
    arrived = " union all ".join(
        f"select '{system}' as system, '{stream}' as stream, _load_id from cleaned.{table}"  # noqa: S608
        " where _load_id in (select load_id from ops.loads where is_new)"
        for table, (system, stream) in RECEIVED.items()
    )
    streams = ", ".join(f"('{system}', '{stream}')" for system, stream in RECEIVED.values())
    return no_rows(
        "cleaned.int_messages_received",
        "as many rows were received of each of tonight's other files as the ledger loaded",
        "select load_id, ledger.system, ledger.stream, rows_loaded, row_count from ("  # noqa: S608
        "select * from ops.loads where is_new and rows_loaded > 0"
        f" and (system, stream) in ({streams})) as ledger"
        f" left join (select _load_id, count(*) as row_count from ({arrived}) group by _load_id)"
        " as received on load_id = _load_id where rows_loaded is distinct from row_count",
        because="nothing is lost or doubled between the lake and the models: to the row",
        advice=FIX_THE_MODEL,
    )


def _of_entities(night: Night) -> list[Expectation]:
    keys = [
        expectation
        for entity, key in KEYS.items()
        for expectation in (
            unique(f"cleaned.{entity}", key, "joins on it would repeat rows", FIX_THE_MODEL),
            *(never_null(f"cleaned.{entity}", column, "part of the key", SEE_THE_FILE)
              for column in key if column != "source_system"),
        )
    ]  # fmt: skip
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
        *keys,
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
