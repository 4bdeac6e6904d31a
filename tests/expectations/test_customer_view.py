"""One bad customer of each kind fails its own check of the customer view."""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import pytest

from dangol.night import Night
from dangol.settings import Settings
from expectations.customer_view import expectations
from expectations.gate import run_gate
from expectations.grains import of_grains

IDENTITY = "the view has exactly the customers of identity.customers"
MONEY = "the customers' money and order counts sum to those of all orders of known people"
GROWTH = "the number of customers is close to the last publication's"
ONE = "customer_id = (select min(customer_id) from identity.customers)"
OTHER = "customer_id = (select max(customer_id) from identity.customers)"


def customer(assignment: str, where: str = ONE) -> str:
    return f"update customer_view.customers set {assignment} where {where};"


def another(replacements: str) -> str:
    return (
        "insert into customer_view.customers"
        f" select * replace (0 as order_count, 0 as net_amount, {replacements})"
        f" from customer_view.customers where {ONE}"
    )


CASES = {
    IDENTITY: "insert into identity.customers select 'newcomer', date '2017-12-31'",
    MONEY: customer("net_amount = net_amount + 0.01"),
    "every row is dated as of the night's business day": (
        customer("as_of = date '2017-12-30'")
        + f"update ml.customer_scores set as_of = date '2017-12-30' where {ONE}"
    ),
    **{
        f"customer_view.customers.{score} is at least 1 and at most 5": customer(f"{score} = 6")
        for score in ("recency_score", "frequency_score", "monetary_score")
    },
    "customer_view.customers.churn_probability is at least 0 and at most 1": (
        customer("churn_probability = 1.1")
    ),
    "customer_view.customers.predicted_spend_90d is at least 0": (
        customer("predicted_spend_90d = -0.01")
    ),
    "customer_view.customers.net_amount is at least 0": (
        customer("net_amount = net_amount - 1000")
        + customer("net_amount = net_amount + 1000", OTHER)
    ),
    "customer_view.customers.last_order_date is not after the business day": (
        customer("last_order_date = date '2018-01-01'")
    ),
    "no customer's first order is after the last one": customer(
        "last_order_date = date '2017-12-21'"
    ),
    "scored customers have a segment, and only they do": customer("segment = null"),
    "most customers are scored": (
        "update customer_view.customers set churn_probability = null"
        " where customer_id > (select median(customer_id) from identity.customers)"
        f" or {ONE}"
    ),
}
# a row that violates these necessarily violates other checks too
CASES_WITH_COMPANY = {
    "customer_view.customers has at least 1 rows": (
        "delete from customer_view.customers",
        {IDENTITY, MONEY},
    ),
}


def publish(settings: Settings, customer_count: int, as_of: str = "2017-12-30") -> None:
    with duckdb.connect(str(settings.published_file)) as connection:
        connection.execute("create schema customer_view")
        connection.execute(
            "create table customer_view.customers as"
            f" select 'k' || number as customer_id, date '{as_of}' as as_of"
            f" from range({customer_count}) as customers (number)"
        )


@pytest.fixture(autouse=True)
def small_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The build has thirty customers: shares say something from the first one on."""
    monkeypatch.setattr("expectations.customer_view.GROWTH_LEAST_CUSTOMERS", 1)
    monkeypatch.setattr("expectations.customer_view.SCORED_LEAST_CUSTOMERS", 1)


def test_that_a_good_build_passes(settings: Settings, night: Night) -> None:
    result = run_gate(settings, night, "customer_view")

    assert (result["passed"], result["warnings"]) == (len(expectations(night)), [])


@pytest.mark.parametrize("sentence", CASES)
def test_that_one_fault_breaks_one_expectation(
    sentence: str, what_breaks: Callable[[str, str], set[str]]
) -> None:
    assert what_breaks("customer_view", CASES[sentence]) == {sentence}


@pytest.mark.parametrize("sentence", CASES_WITH_COMPANY)
def test_that_a_fault_is_named_beside_the_checks_that_it_affects(
    sentence: str, what_breaks: Callable[[str, str], set[str]]
) -> None:
    statements, company = CASES_WITH_COMPANY[sentence]

    assert what_breaks("customer_view", statements) == {sentence, *company}


@pytest.mark.parametrize(
    ("published", "as_of", "broken"),
    [
        pytest.param(31, "2017-12-30", {GROWTH}, id="one has gone"),
        pytest.param(27, "2017-12-30", {GROWTH}, id="too many have come"),
        pytest.param(29, "2017-12-30", set(), id="one has come"),
        pytest.param(40, "2018-01-05", set(), id="a later day was published: a replay"),
    ],
)
def test_that_the_number_of_customers_is_compared_with_the_publication(
    settings: Settings,
    what_breaks: Callable[[str, str], set[str]],
    published: int,
    as_of: str,
    broken: set[str],
) -> None:
    publish(settings, published, as_of)

    assert what_breaks("customer_view", "select 1") == broken


def test_that_shares_of_few_customers_warn_no_one(
    settings: Settings, what_breaks: Callable[[str, str], set[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    publish(settings, 20, "2017-12-30")
    unscored = "update customer_view.customers set churn_probability = null"
    assert what_breaks("customer_view", unscored) == set()


def test_that_every_expectation_has_its_fault(night: Night) -> None:
    sentences = {expectation.sentence for expectation in expectations(night)}

    grains = {each.sentence for each in of_grains("customer_view")}
    assert sentences - grains == {
        *CASES,
        *CASES_WITH_COMPANY,
        GROWTH,
    }
