"""Checks on the single customer view: the last ones before it is published."""

from __future__ import annotations

import logging

import duckdb

from dangol.night import Night
from dangol.settings import Settings
from expectations.grains import FIX_THE_MODEL, of_grains
from expectations.vocabulary import (
    CRITICAL,
    UP_TO_THE_DAY,
    WARNING,
    Expectation,
    between,
    no_rows,
    row_count,
)

VIEW = "customer_view.customers"

SCORED_WARNS_BELOW = 0.5
SCORED_LEAST_CUSTOMERS = 100
WHY_SCORED = (
    "customers get scores once they have enough history; if fewer than half have them, marketing"
    " lists cover only a minority (or there is not enough data yet, which the report says). Below"
    " 100 customers there never is"
)
GROWTH_WARNS_ABOVE = 1.1
GROWTH_LEAST_CUSTOMERS = 50
WHY_GROWTH = (
    "customers disappear only through erasure or a merge, and no company gains a tenth of its"
    " customers, and at least 50, in a day, except in the first weeks of a replayed history"
)

FIX_THE_SCORES = "check ml/score.py and the model's card"


log = logging.getLogger(__name__)


def prepare(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Put the number of customers published last into ``temp.published_customers``.

    Parameters
    ----------
    connection
        To the build file; the number goes into a temporary table.
    """
    connection.execute(
        "create or replace temp table published_customers (as_of date, customer_count bigint)"
    )
    if not settings.published_file.exists():
        return
    file = str(settings.published_file.resolve()).replace("'", "''")
    try:
        connection.execute(f"attach '{file}' as published (read_only)")
        present = connection.execute(
            "select count(*) from duckdb_tables() where database_name = 'published'"
            " and schema_name = 'customer_view' and table_name = 'customers'"
        ).fetchall()
        if present != [(0,)]:
            connection.execute(
                "insert into temp.published_customers"
                " select max(as_of), count(*) from published.customer_view.customers"
            )
    except duckdb.Error as error:
        log.warning(
            "%s can't be read (%s): the number of customers is not compared with it",
            file, type(error).__name__,
        )  # fmt: skip
    finally:
        connection.execute("detach database if exists published")


def expectations(night: Night) -> list[Expectation]:
    """Return the checks that the customer view must pass before it is published."""
    return [
        *of_grains("customer_view"), *_of_customers(night), *_of_ranges(night), *_of_scores()
    ]  # fmt: skip


def _of_customers(night: Night) -> list[Expectation]:
    return [
        row_count(VIEW, least=1, because="an empty view would empty every marketing audience",
                  advice="check in ops.loads whether any file was loaded"),
        no_rows(
            VIEW,
            "the view has exactly the customers of identity.customers",
            "select coalesce(customers.customer_id, seen.customer_id) as customer_id,"
            " seen.customer_id is not null as is_in_identity"
            " from customer_view.customers full join identity.customers as seen"
            " on customers.customer_id = seen.customer_id"
            " where customers.customer_id is null or seen.customer_id is null",
            because="a customer who is missing here would be missed by consents, erasures and"
            " offers",
            advice=FIX_THE_MODEL,
        ),
        no_rows(
            VIEW,
            "the customers' money and order counts sum to those of all orders of known people",
            """
            select view_order_count, order_count, view_net_amount, net_amount
            from (
                select sum(order_count) as view_order_count, sum(net_amount) as view_net_amount
                from customer_view.customers
            )
            cross join (
                select count(*) as order_count, sum(net_amount) as net_amount
                from aggregated.fct_orders where identifier_id is not null
            )
            where coalesce(view_order_count, 0) is distinct from order_count
                or coalesce(view_net_amount, 0) is distinct from coalesce(net_amount, 0)
            """,
            because="exact to the smallest unit: every order of a known person belongs to exactly"
            " one customer",
            advice=FIX_THE_MODEL,
        ),
        no_rows(
            VIEW,
            "every row is dated as of the night's business day",
            "select as_of, count(*) as row_count from customer_view.customers"
            " where as_of is distinct from $day group by as_of",
            bounds={"day": night.business_date},
            because="recency and windows are counted from this day",
            advice=FIX_THE_MODEL,
        ),
        no_rows(
            VIEW,
            "the number of customers is close to the last publication's",
            """
            select published.as_of, published.customer_count as published_customer_count,
                own.customer_count
            from temp.published_customers as published
            cross join (select count(*) as customer_count from customer_view.customers) as own
            where published.as_of <= $day
                and (own.customer_count < published.customer_count
                    or own.customer_count > $growth * published.customer_count
                    and own.customer_count >= published.customer_count + $least)
            """,
            severity=WARNING,
            bounds={
                "day": night.business_date,
                "growth": GROWTH_WARNS_ABOVE,
                "least": GROWTH_LEAST_CUSTOMERS,
            },
            because=WHY_GROWTH,
            advice="compare the counts per day in aggregated.kpi_days and look for a missing file",
        ),
    ]  # fmt: skip


def _of_ranges(night: Night) -> list[Expectation]:
    scores = [
        between(VIEW, score, least=1, most=5, because="scores are quintiles", advice=FIX_THE_MODEL)
        for score in ("recency_score", "frequency_score", "monetary_score")
    ]
    return [
        *scores,
        between(VIEW, "churn_probability", least=0, most=1, because="it is a probability",
                advice=FIX_THE_SCORES),
        between(VIEW, "predicted_spend_90d", least=0, because="spend cannot be negative",
                advice=FIX_THE_SCORES),
        between(VIEW, "net_amount", least=0, because="no line is negative", advice=FIX_THE_MODEL),
        between(VIEW, "last_order_date", most=night.business_date, said=UP_TO_THE_DAY,
                advice=FIX_THE_MODEL,
                because="a day that is not over has no complete orders"),
        no_rows(
            VIEW,
            "no customer's first order is after the last one",
            "select customer_id, first_order_date, last_order_date from customer_view.customers"
            " where first_order_date > last_order_date",
            because="both dates come from the same orders",
            advice=FIX_THE_MODEL,
        ),
    ]  # fmt: skip


def _of_scores() -> list[Expectation]:
    return [
        no_rows(
            VIEW,
            "scored customers have a segment, and only they do",
            "select customers.customer_id, customers.segment, scores.customer_id is not null"
            " as is_scored from customer_view.customers"
            " left join ml.customer_scores as scores"
            " on customers.customer_id = scores.customer_id and scores.as_of = customers.as_of"
            " where (scores.segment is not null) <> (customers.segment is not null)",
            severity=CRITICAL,
            because="a score without a segment, or from another night, would mislead readers",
            advice=FIX_THE_SCORES,
        ),
        no_rows(
            VIEW,
            "most customers are scored",
            "select customer_count, scored_count from ("
            " select count(*) as customer_count, count(churn_probability) as scored_count"
            " from customer_view.customers) where customer_count >= $least"
            " and scored_count < $share * customer_count",
            severity=WARNING,
            bounds={"share": SCORED_WARNS_BELOW, "least": SCORED_LEAST_CUSTOMERS},
            because=WHY_SCORED,
            advice="check in ml.model_runs which model was refused or lacked data",
        ),
    ]
