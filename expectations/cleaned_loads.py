"""Reconciles what the models received with the ledger: every row and every cent.

Order lines are compared over the whole history, in one pass over three columns; other entities only
for tonight's files.
"""

from __future__ import annotations

from expectations.grains import FIX_THE_MODEL
from expectations.vocabulary import Expectation, no_rows

ORDER_LINE_STREAMS = (("grocer_till", "transactions"),)
"""The streams whose rows become order lines. A new system with sales adds an entry here."""

RECEIVED = (
    ("int_messages_received", "grocer_campaigns", "sends"),
    ("int_campaigns_received", "grocer_campaigns", "campaigns"),
    ("int_coupons_received", "grocer_campaigns", "coupons"),
    ("int_campaign_responses_received", "grocer_campaigns", "redemptions"),
    ("int_promotions_received", "grocer_catalogue", "promotions"),
)
"""Where every row of the other streams must arrive: table, system and stream. Snapshots are not
listed: they keep only the latest state of each key."""


def of_loads() -> list[Expectation]:
    """Return the checks that compare the ledger with the rows that were received."""
    received = "cleaned.int_order_lines_received"
    expected = " union all ".join(
        "select load_id, stream, rows_loaded,"  # noqa: S608  constants
        " control_total"
        f" from ops.loads where status = 'loaded' and system = '{system}' and stream = '{stream}'"
        for system, stream in ORDER_LINE_STREAMS
    )
    sums = (
        "select _load_id, count(*) as line_count, sum(net_amount) as net_amount"
        " from cleaned.int_order_lines_received group by _load_id"
    )
    return [
        no_rows(
            received,
            "every file has as many received lines as the ledger loaded",
            f"select coalesce(load_id, _load_id) as load_id, stream, rows_loaded, line_count"  # noqa: S608
            f" from ({expected}) as ledger full join ({sums}) as received on load_id = _load_id"
            " where rows_loaded is distinct from line_count and coalesce(rows_loaded, 1) > 0",
            because="no row may be lost or doubled between the lake and the models",
            advice=FIX_THE_MODEL,
        ),
        _received_tonight(),
        no_rows(
            received,
            "the lines of every file sum to its control total",
            f"select load_id, stream, control_total, net_amount"  # noqa: S608  as above
            f" from ({expected}) as ledger inner join ({sums}) as received on load_id = _load_id"
            " where control_total is distinct from net_amount",
            because="exact to the cent: the total was taken while the file was read",
            advice=FIX_THE_MODEL,
        ),
        no_rows(
            received,
            "current lines = received lines - superseded lines",
            """
            select received_count, superseded_count, line_count
            from (
                select count(*) as received_count, count(superseded_reason) as superseded_count
                from cleaned.int_order_lines_received
            )
            cross join (select count(*) as line_count from cleaned.order_lines)
            where line_count <> received_count - superseded_count
            """,
            because="a version may only be left out with a recorded reason",
            advice=FIX_THE_MODEL,
        ),
        no_rows(
            received,
            "no line of a corrected file is current",
            """
            select source_system, _load_id, _row from cleaned.int_order_lines_received
            where is_current
                and _load_id in (select load_id from ops.loads where superseded_by is not null)
            """,
            because="a correction replaces the whole file",
            advice=FIX_THE_MODEL,
        ),
        no_rows(
            received,
            "every line that was replaced has a current version",
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
            because="otherwise two versions have superseded each other and the line is lost",
            advice=FIX_THE_MODEL,
        ),
    ]


def _received_tonight() -> Expectation:
    arrived = " union all ".join(
        f"select '{system}' as system, '{stream}' as stream, _load_id from cleaned.{table}"  # noqa: S608
        " where _load_id in (select load_id from ops.loads where is_new"
        f" and system = '{system}' and stream = '{stream}')"
        for table, system, stream in RECEIVED
    )
    streams = ", ".join(f"('{system}', '{stream}')" for _, system, stream in RECEIVED)
    return no_rows(
        "cleaned.int_messages_received",
        "each of tonight's other files has as many received rows as the ledger loaded",
        "select load_id, ledger.system, ledger.stream, rows_loaded, row_count from ("  # noqa: S608
        "select * from ops.loads where is_new and rows_loaded > 0"
        f" and (system, stream) in ({streams})) as ledger"
        f" left join (select _load_id, count(*) as row_count from ({arrived}) group by _load_id)"
        " as received on load_id = _load_id where rows_loaded is distinct from row_count",
        because="no row may be lost or doubled between the lake and the models",
        advice=FIX_THE_MODEL,
    )
