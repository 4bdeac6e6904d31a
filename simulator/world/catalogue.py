"""What Dangol Mart sells: categories, products, changing prices, temporary promotions."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from simulator import data
from simulator.draws import Draws, Floats, Integers

RANKS = 40
"""Popularity ranks in each category, from the most popular on."""

TIERS = (0.62, 1.0, 1.85)
"""Price of the economy, the standard and the premium product of one rank."""

WORDS_PER_TIER = ("Basic", "", "Prestige")


CATEGORIES = data.columns("words/categories")["name"]
"""Further columns of ``categories.csv``: popularity (a weight), young (how much more popular it is
with people born in 1990 or later), the price of a mid-range product in won, the multiple of the
average return rate, and the month in which it sells best (0: none). ``nouns.csv`` has as many names
for each; a name stands for five ranks. The brands are plain Korean words that are no company's."""


@dataclass(frozen=True)
class Catalogue:
    """All products, as arrays of shape ``(products,)``, indexed by product number.

    Parameters
    ----------
    category, rank, tier
        Its position; the three appliances come last and have rank 0 and tier 2.
    base_price
        In won, at launch.
    companion
        The product that is often bought with it.
    refill
        For an appliance, the product that it needs regularly; -1 for others.
    brand
        Position in the list of brands.
    name, name_korean
        As on the label.
    """

    category: Integers
    rank: Integers
    tier: Integers
    base_price: Integers
    companion: Integers
    refill: Integers
    brand: Integers
    name: list[str]
    name_korean: list[str]
    draws: Draws

    def __len__(self) -> int:
        """Return the number of products."""
        return len(self.category)

    @property
    def appliances(self) -> Integers:
        """The numbers of the products that need refills."""
        return np.flatnonzero(self.refill >= 0)

    def choose(self, category: Integers, rank_draw: Floats, tier_draw: Floats) -> Integers:
        """Choose a product: popular ones far more often, expensive ones depending on the buyer.

        Parameters
        ----------
        rank_draw
            Uniform draws; the rank is log-uniform, which is Zipf's law with exponent 1.
        tier_draw
            The buyer's tendency to spend, on a logarithmic scale with some noise; around 0.

        Returns
        -------
        Integers
            Products' numbers.
        """
        rank = np.minimum(((RANKS + 1.0) ** rank_draw).astype(np.int64) - 1, RANKS - 1)
        tier = (tier_draw > -0.35).astype(np.int64) + (tier_draw > 0.55)
        return (category * RANKS + rank) * len(TIERS) + tier

    def price(self, product: Integers, day: Integers) -> Integers:
        """Return the price of a product on a day, without promotions.

        Parameters
        ----------
        day
            Day numbers, broadcast against them.

        Returns
        -------
        Integers
            In won, rounded to 100: each product's price changes about every four months.
        """
        phase = self.draws.below(120, "price phase", product)
        period = (day + phase) // 120
        factor = 1 + 0.025 * (day - 20_089) / 365 + 0.06 * self.draws.normal("p", product, period)
        won = np.rint(self.base_price[product] * np.clip(factor, 0.7, 1.6) / 100) * 100
        at_least: Integers = np.maximum(won, 500).astype(np.int64)
        return at_least

    def promotion(self, product: Integers, day: Integers) -> Integers:
        """Return the discount on a product on a day, in per cent.

        Parameters
        ----------
        day
            Day numbers, broadcast against them.

        Returns
        -------
        Integers
            Usually 0; 10, 20, 30 or 50 in promotion weeks, which begin on Thursdays.
        """
        week = day // 7
        is_on = self.draws.chance(0.09, "promotion", product, week)
        depth = np.array((10, 20, 30, 50))[self.draws.choice((4, 4, 2, 1), "depth", product, week)]
        return np.where(is_on, depth, 0)


@lru_cache(maxsize=4)
def make_catalogue(draws: Draws) -> Catalogue:
    """List the products of a world."""
    count = len(CATEGORIES) * RANKS * len(TIERS)
    number = np.arange(count)
    tier, rank, category = number % 3, number // 3 % RANKS, number // 3 // RANKS
    middle = np.array(data.numbers("words/categories", "price"))[category]
    nouns, brands = data.columns("words/nouns"), data.columns("words/brands")
    machines = data.columns("words/appliances")
    spread = np.exp(0.45 * draws.normal("base price", category, rank))
    base = np.rint(middle * spread * np.array(TIERS)[tier] / 100) * 100
    brand = draws.below(len(brands["name"]), "brand", category, rank, tier)
    friend = draws.below(len(CATEGORIES), "companion category", category, rank)
    other = (friend * RANKS + draws.below(RANKS // 2, "companion", category, rank)) * 3 + tier

    names, korean = [], []
    for item in range(count):
        noun = item * len(nouns["name"]) // count
        size = (1, 2, 3, 5, 10)[rank[item] % 5]
        words = (brands["name"][brand[item]], WORDS_PER_TIER[tier[item]], nouns["name"][noun])
        names.append(" ".join(filter(None, (*words, f"x{size}"))))
        korean.append(f"{brands['korean'][brand[item]]} {nouns['korean'][noun]} {size}개입")
    refills = [(CATEGORIES.index(each) * RANKS + 3) * 3 + 1 for each in machines["refill_category"]]
    return Catalogue(
        category=np.append(category, [10, 10, 10]),
        rank=np.append(rank, [0, 0, 0]),
        tier=np.append(tier, [2, 2, 2]),
        base_price=np.append(base, data.numbers("words/appliances", "price")).astype(np.int64),
        companion=np.append(other, refills),
        refill=np.append(np.full(count, -1), refills),
        brand=np.append(brand, [0, 1, 2]),
        name=[*names, *map(" ".join, zip(brands["name"], machines["name"], strict=False))],
        name_korean=[
            *korean,
            *map(" ".join, zip(brands["korean"], machines["korean"], strict=False)),
        ],
        draws=draws,
    )
