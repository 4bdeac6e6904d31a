"""From which delivery a day counts: by the contract's rule, or it can't be told."""

from __future__ import annotations

from datetime import date

import pytest

from dangol.build.claimed_days import Claim, decided

DAY, SECOND = date(2017, 1, 31), date(2017, 1, 30)
PERIODS = {
    "day": (DAY, DAY),
    "two days": (SECOND, DAY),
    "month": (date(2017, 1, 1), DAY),
    "quarter": (date(2017, 1, 1), date(2017, 3, 31)),
    "crossing": (DAY, date(2017, 5, 31)),
}


def claim(name: str) -> Claim:
    period, _, part = name.partition(" of ")
    return Claim(name, PERIODS[period], part, is_new=False)


@pytest.mark.parametrize(
    ("names", "daily", "bulk", "later"),
    [
        (["month"], "month", "month", "month"),
        (["day", "month"], "day", "month", "day"),
        (["quarter", "two days", "month"], "two days", "quarter", "quarter"),
        (["quarter", "crossing"], None, None, "crossing"),
        (["quarter", "crossing", "day"], "day", None, "crossing"),
        # parts of one delivery
        (["day of seoul", "day of busan"], "day of seoul", "day of seoul", "day of seoul"),
        # Seoul's day can't stand for the month of every shop
        (["day of seoul", "month"], None, "month", None),
        (["day of seoul", "day", "month"], "day of seoul", "month", "day of seoul"),
        (["day", "month of seoul"], "day", None, "day"),
    ],
)
def test_a_day_counts_from_one_delivery_by_each_rule(
    names: list[str], daily: str | None, bulk: str | None, later: str | None
) -> None:
    claims = [claim(name) for name in names]
    for overlap, expected in {"daily": daily, "bulk": bulk, "later": later}.items():
        counting, other = decided(claims, overlap)
        assert (None if other else counting.file) == expected
        if other:
            assert counting.period != other.period


def test_without_a_rule_a_day_of_two_deliveries_cannot_be_told() -> None:
    counting, other = decided([claim("month"), claim("day")], None)
    assert other is not None
    assert {counting.file, other.file} == {"month", "day"}
    assert decided([claim("month")], None) == (claim("month"), None)
