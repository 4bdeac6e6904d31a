"""What Dangol Mart sells: categories, products, changing prices, temporary promotions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from simulator.draws import Draws, Floats, Integers

RANKS = 40
"""Popularity ranks in each category, from the most popular on."""

TIERS = (0.62, 1.0, 1.85)
"""Price of the economy, the standard and the premium product of one rank."""

WORDS_PER_TIER = ("Basic", "", "Prestige")


@dataclass(frozen=True)
class Category:
    """A category of products.

    Parameters
    ----------
    name, korean
        In English and Korean.
    popularity
        Weight among the categories.
    young
        How much more popular it is with people born in 1990 or later.
    price
        The price of a mid-range product, in won.
    returned
        Multiple of the average return rate.
    peak_month
        The month in which it sells best; 0 if there is none.
    nouns, nouns_korean
        The products' names, one for every five ranks.
    """

    name: str
    korean: str
    popularity: float
    young: float
    price: int
    returned: float
    peak_month: int
    nouns: tuple[str, ...]
    nouns_korean: tuple[str, ...]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split(","))


CATEGORIES = tuple(
    Category(name, korean, popularity, young, price, returned, peak, _words(en), _words(ko))
    for name, korean, popularity, young, price, returned, peak, en, ko in (
        ("Fresh food", "신선식품", 20, 0.8, 7_900, 0.2, 9, "Apples,Strawberries,Eggs,Tofu,Salad,Beef,Salmon,Spinach", "사과,딸기,계란,두부,샐러드,한우,연어,시금치"),
        ("Pantry", "가공식품", 18, 1.0, 5_400, 0.2, 0, "Ramyeon,Rice,Sesame oil,Kimchi,Seaweed,Soy sauce,Cereal,Canned tuna", "라면,쌀,참기름,김치,김,간장,시리얼,참치캔"),
        ("Drinks and coffee", "음료·커피", 11, 1.2, 6_200, 0.2, 7, "Capsules,Barley tea,Cola,Mixed coffee,Orange juice,Sparkling water,Soy milk,Green tea", "캡슐커피,보리차,콜라,믹스커피,오렌지주스,탄산수,두유,녹차"),
        ("Snacks", "과자·간식", 10, 1.3, 3_300, 0.2, 11, "Choco pie,Shrimp chips,Almonds,Jelly,Rice crackers,Chocolate,Dried persimmon,Cookies", "초코파이,새우칩,아몬드,젤리,쌀과자,초콜릿,곶감,쿠키"),
        ("Household", "생활용품", 9, 0.9, 9_800, 0.4, 0, "Toilet paper,Detergent,Dish soap,Wet wipes,Bin bags,Fabric softener,Kitchen towel,Filters", "화장지,세제,주방세제,물티슈,종량제봉투,섬유유연제,키친타월,필터"),
        ("Beauty", "뷰티", 9, 1.5, 18_500, 0.9, 4, "Sun cream,Sheet mask,Toner,Cushion,Lip tint,Shampoo,Hand cream,Serum", "선크림,마스크팩,토너,쿠션,립틴트,샴푸,핸드크림,세럼"),
        ("Health", "건강", 5, 0.7, 24_000, 0.5, 1, "Red ginseng,Vitamin C,Probiotics,Omega 3,Collagen,Lutein,Massage band,Mask", "홍삼,비타민C,유산균,오메가3,콜라겐,루테인,마사지밴드,마스크"),
        ("Baby and child", "유아동", 4, 1.4, 21_000, 0.8, 5, "Nappies,Formula,Baby wipes,Picture book,Blocks,Bottle,Pyjamas,Stroller toy", "기저귀,분유,아기물티슈,그림책,블록,젖병,내복,모빌"),
        ("Fashion", "패션", 6, 1.6, 32_000, 3.6, 10, "T-shirt,Socks,Padded jacket,Jeans,Cardigan,Cap,Sneakers,Scarf", "티셔츠,양말,패딩,청바지,가디건,모자,운동화,목도리"),
        ("Home and kitchen", "홈·주방", 4, 0.9, 27_000, 1.4, 3, "Frying pan,Blanket,Cutting board,Tumbler,Lamp,Storage box,Pillow,Chopsticks", "프라이팬,이불,도마,텀블러,조명,수납함,베개,수저세트"),
        ("Electronics", "가전·디지털", 2, 1.3, 69_000, 1.9, 8, "Fan,Earphones,Power bank,Air fryer,Humidifier,Mouse,Hair dryer,Charger", "선풍기,이어폰,보조배터리,에어프라이어,가습기,마우스,드라이기,충전기"),
        ("Pet", "반려동물", 2, 1.4, 15_500, 0.4, 0, "Dog food,Cat litter,Cat snack,Leash,Dog chew,Pad,Toy,Brush", "강아지사료,고양이모래,고양이간식,리드줄,개껌,배변패드,장난감,빗"),
    )
)  # fmt: skip
"""Roughly by popularity: weights after Korean retail statistics, by eye."""

BRANDS = _words(
    "Haneul,Baram,Sol,Dalbit,Namu,Bom,Gaeul,Onsaem,Maru,Hangyeol,Saebyeok,Areum,Byeol,Garam,Noeul"
)
BRANDS_KOREAN = _words("하늘,바람,솔,달빛,나무,봄,가을,온샘,마루,한결,새벽,아름,별,가람,노을")
"""Made up: plain Korean words that are no company's brands."""

APPLIANCES = (
    ("Capsule coffee machine", "캡슐커피머신", 149_000, 2),
    ("Water purifier", "정수기", 289_000, 4),
    ("Robot vacuum", "로봇청소기", 399_000, 4),
)
"""Name, Korean name, price and the category of its refills."""


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
    middle = np.array([each.price for each in CATEGORIES])[category]
    spread = np.exp(0.45 * draws.normal("base price", category, rank))
    base = np.rint(middle * spread * np.array(TIERS)[tier] / 100) * 100
    brand = draws.below(len(BRANDS), "brand", category, rank, tier)
    friend = draws.below(len(CATEGORIES), "companion category", category, rank)
    other = (friend * RANKS + draws.below(RANKS // 2, "companion", category, rank)) * 3 + tier

    names, korean = [], []
    for item in range(count):
        kind = CATEGORIES[category[item]]
        noun = rank[item] * len(kind.nouns) // RANKS
        size = (1, 2, 3, 5, 10)[rank[item] % 5]
        words = (BRANDS[brand[item]], WORDS_PER_TIER[tier[item]], kind.nouns[noun], f"x{size}")
        names.append(" ".join(filter(None, words)))
        korean.append(f"{BRANDS_KOREAN[brand[item]]} {kind.nouns_korean[noun]} {size}개입")
    refills = [(place[3] * RANKS + 3) * 3 + 1 for place in APPLIANCES]
    return Catalogue(
        category=np.append(category, [10, 10, 10]),
        rank=np.append(rank, [0, 0, 0]),
        tier=np.append(tier, [2, 2, 2]),
        base_price=np.append(base, [place[2] for place in APPLIANCES]).astype(np.int64),
        companion=np.append(other, refills),
        refill=np.append(np.full(count, -1), refills),
        brand=np.append(brand, [0, 1, 2]),
        name=[*names, *(f"{BRANDS[i]} {place[0]}" for i, place in enumerate(APPLIANCES))],
        name_korean=[
            *korean,
            *(f"{BRANDS_KOREAN[i]} {place[1]}" for i, place in enumerate(APPLIANCES)),
        ],
        draws=draws,
    )
