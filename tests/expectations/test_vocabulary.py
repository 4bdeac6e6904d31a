"""Declaring an expectation: its sentence, and the query for the rows that violate it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from importlib import import_module

import pytest

from dangol.layers import GATES
from dangol.night import Night
from expectations.vocabulary import Bound, between, literal, no_rows


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (3, "3"),
        (0.05, "0.05"),
        (Decimal("0.10"), "0.10"),
        (date(2017, 12, 31), "date '2017-12-31'"),
        (datetime(2018, 1, 1, 5, tzinfo=UTC), "timestamp '2018-01-01 05:00:00'"),
        ("it's", "'it''s'"),
    ],
)
def test_that_a_bound_is_written_as_a_literal(value: Bound, written: str) -> None:
    assert literal(value) == written


@pytest.mark.parametrize("value", [True, None, ["a"]])
def test_that_nothing_else_can_be_a_bound(value: object) -> None:
    with pytest.raises(TypeError, match="can't be a bound"):
        literal(value)  # type: ignore[arg-type]  # the point of the test


def test_that_a_query_takes_its_bounds_by_name() -> None:
    expectation = no_rows(
        "ops.loads", "few", "select 1 where 2 > $most", "why", "do", bounds={"most": 0.5}
    )

    assert expectation.offenders == "select 1 where 2 > 0.5"
    assert expectation.arguments == {"unexpected_rows_query": "select 1 where 2 > 0.5"}


def test_that_a_forgotten_bound_is_noticed_when_it_is_declared() -> None:
    with pytest.raises(KeyError, match="most"):
        no_rows("ops.loads", "few", "select 1 where 2 > $most", "why", "do")


def test_that_a_range_names_both_ends() -> None:
    expectation = between("a.b", "c", least=1, most=5, because="why", advice="do")

    assert expectation.sentence == "a.b.c is at least 1 and at most 5"
    assert expectation.offenders == "select * from a.b where c < 1 or c > 5"


@pytest.mark.parametrize("gate", GATES)
def test_that_every_expectation_has_a_reason_advice_and_a_unique_sentence(
    gate: str, night: Night
) -> None:
    declared = import_module(f"expectations.{gate}").expectations(night)

    assert len({each.sentence for each in declared}) == len(declared)
    assert all(each.reason and each.advice for each in declared)
    assert {each.severity for each in declared} == {"critical", "warning"}
