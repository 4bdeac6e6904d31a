"""The merchandise system: all products on Monday nights, and price changes every night.

The format is our own convention, typical of such systems: UTF-8, one product per line, prices in
won with the date from which they are valid, the promotion in per cent that is deducted at the till.
A change is reported on the night of the day on which it took effect.
"""

import numpy as np

from simulator.company import day_number
from simulator.draws import Integers
from simulator.export import Csv, Export, Exports, Night
from simulator.world.catalogue import make_catalogue

NAME = "product_catalogue"

PRODUCTS = """
select
    products.sku,
    {barcode} as barcode,
    products.product_korean as name_ko,
    products.product_name as name_en,
    products.brand_name as brand,
    products.category_name as category,
    products.category_korean as category_ko,
    prices.price as price_krw,
    date_of(prices.valid_from) as valid_from,
    prices.promotion as promotion_percent,
    if(prices.promotion > 0, date_of(prices.promotion_until), null) as promotion_until,
    products.product as _key
from products inner join product_catalogue_prices as prices on products.product = prices.product
order by products.product
"""

CHANGES = """
with changes as (
    select *, 0 as kind, 'price' as change from product_catalogue_today
    where price <> price_before
    union all
    select *, 1 as kind, 'promotion_end' as change from product_catalogue_today
    where promotion_before > 0 and promotion <> promotion_before
    union all
    select *, 2 as kind, 'promotion_start' as change from product_catalogue_today
    where promotion > 0 and promotion <> promotion_before
)

select
    products.sku,
    {barcode} as barcode,
    products.product_korean as name_ko,
    changes.change,
    date_of({day}) as valid_from,
    changes.price_before as old_price_krw,
    changes.price as price_krw,
    case changes.change
        when 'promotion_start' then changes.promotion
        when 'promotion_end' then changes.promotion_before
        else 0
    end as promotion_percent,
    products.product as _key
from changes inner join products on changes.product = products.product
order by products.product, changes.kind
"""


def exports(night: Night) -> Exports:
    """List the files of a night: changes every night; all products after a Monday."""
    catalogue = make_catalogue(night.company.draws)
    product = np.arange(len(catalogue))
    both = np.array([night.day - 1, night.day])
    price = catalogue.price(product[:, None], both)
    promotion = catalogue.promotion(product[:, None], both)
    night.table(
        "product_catalogue_today",
        product=product,
        price_before=price[:, 0],
        price=price[:, 1],
        promotion_before=promotion[:, 0],
        promotion=promotion[:, 1],
    )
    digits = barcode("products.barcode_digits")
    yield Export(
        f"price_changes_{night.date}.csv", CHANGES.format(day=night.day, barcode=digits), Csv()
    )
    if night.date.weekday() == 0:
        night.table(
            "product_catalogue_prices",
            product=product,
            price=price[:, 1],
            valid_from=valid_from(night),
            promotion=promotion[:, 1],
            # promotions change on Thursdays, like weeks counted from 1970-01-01
            promotion_until=np.full(len(product), night.day // 7 * 7 + 6),
        )
        yield Export(f"products_{night.date}.csv", PRODUCTS.format(barcode=digits), Csv())


def valid_from(night: Night) -> Integers:
    """Return the day since which each product has had its price.

    Returns
    -------
    Integers
        Day numbers, shape ``(products,)``; the company's first day for prices that never changed.
    """
    catalogue = make_catalogue(night.company.draws)
    product = np.arange(len(catalogue))
    days = np.arange(day_number(night.company.opened), night.day + 1)
    prices = catalogue.price(product[:, None], days)
    differs = prices != prices[:, -1:]
    # the day after the last one with another price
    back = np.argmax(differs[:, ::-1], axis=1)
    since: Integers = np.where(differs.any(axis=1), days[-1] - back + 1, days[0])
    return since


def barcode(digits: str) -> str:
    """Return SQL for a bar code with its check digit.

    Parameters
    ----------
    digits
        SQL for its first twelve digits.

    Returns
    -------
    str
        EAN-13: digits in even positions count three times, and the last one completes a multiple of
        ten.
    """
    weighed = " + ".join(
        f"{1 + 2 * (place % 2)} * {digits}[{place + 1}]::integer" for place in range(12)
    )
    return f"({digits} || ((10 - ({weighed}) % 10) % 10))"
