"""The same result as the full build, written by a pandas expert: the contender.

Reads the landed files, types and dedupes them, and computes orders, identifier days, windows,
tastes, KPIs and the customers table without the models' scores. It is as fast as we could make it:
one ``read_csv`` per stream over all its files, categories instead of strings, money in whole cents,
no Python loop over rows or groups. It skips a file whose content came before, as the pipeline does;
it keeps no ledger, no quarantine and no manifest, checks nothing, and can't run one night alone.

``python -m benchmarks.expert_pandas LANDING BUSINESS_DATE TIME_ZONE FOLDER`` writes Parquet files
into ``FOLDER``.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks import expert_pandas_customers as view
from benchmarks.needs import need_path

WINDOWS = (7, 30, 90, 365)
MONEY = ("gross_amount", "discount_amount", "coupon_amount", "net_amount")
SUMMED = ("line_count", "unit_count", *MONEY)
UNKNOWN = {
    *("", "-", "--", ".", "n/a", "null", "none", "undefined", "unknown"),
    *("없음", "미입력", "해당없음", "0"),
}


def main(landing: Path, business_date: pd.Timestamp, time_zone: str, folder: Path) -> None:
    """Build everything and write it.

    Parameters
    ----------
    business_date
        Later files are ignored.
    folder
        One Parquet file per table is written here.
    """
    tables = {}
    lines = read_lines(landing, business_date, time_zone)
    members = read(landing / "grocer_loyalty", "members", business_date)
    members = clean(members.drop_duplicates("household_id", keep="last"), {"kids_count"})
    products = read(landing / "grocer_catalogue", "products", business_date)
    products = clean(products.drop_duplicates("product_id", keep="last"))
    sends = read(landing / "grocer_campaigns", "sends", business_date)
    sends = sends.drop_duplicates(["campaign_id", "household_id"], keep="last")
    redemptions = read(landing / "grocer_campaigns", "redemptions", business_date)
    redemptions = redemptions.drop_duplicates(keep="last")

    tables["order_lines"] = lines
    tables["orders"] = orders = make_orders(lines)
    tables["identifier_days"] = days = make_identifier_days(orders)
    tables["identifier_windows"] = windows = make_windows(days, business_date)
    tables["kpi_days"] = make_kpis(days, business_date)
    tables["identifier_tastes"] = tastes = make_tastes(lines, products, business_date)
    tables["customers"] = view.make_customers(
        business_date,
        members,
        windows,
        days,
        view.favourites_of(tastes, orders, business_date, time_zone),
        view.campaigns_of(sends, redemptions, business_date),
    )
    for name, table in tables.items():
        table.to_parquet(folder / f"{name}.parquet", compression="zstd", index=False)


def read(
    folder: Path,
    stream: str,
    business_date: pd.Timestamp,
    types: dict[str, str] | None = None,
) -> pd.DataFrame:
    """Read a stream's files as one table, in the order of their business days.

    Parameters
    ----------
    stream
        The first part of the files' names.
    business_date
        The last day to read.
    types
        The types of the columns that are not text.

    Returns
    -------
    pandas.DataFrame
        Ids are categorical.

    Raises
    ------
    ValueError
        If two files have different headers.
    """
    dated = (
        (found[1], file)
        for file in folder.iterdir()
        if (found := re.fullmatch(rf"{stream}_(\d{{4}}-\d\d-\d\d)\.csv(?:\.gz)?", file.name))
    )
    seen: set[bytes] = set()
    parts: list[bytes] = []
    header = b""
    for _, file in sorted(each for each in dated if each[0] <= str(business_date.date())):
        content = file.read_bytes()
        digest = hashlib.sha256(content).digest()
        if digest in seen:
            continue
        seen.add(digest)
        text = gzip.decompress(content) if file.suffix == ".gz" else content
        first, _, rest = text.partition(b"\n")
        header = header or first
        if first != header:
            raise ValueError(f"{file} has another header")
        parts.append(rest)
    names = header.decode().split(",")
    text_columns = {name: "str" for name in names}
    table = pd.read_csv(
        io.BytesIO(b"".join([header, b"\n", *parts])),
        engine="pyarrow",
        dtype=text_columns | (types or {}),
        keep_default_na=False,
        na_values=[""],
    )
    ids = [name for name in names if name.endswith("_id")]
    return table.astype(dict.fromkeys(ids, "category"))


def read_lines(landing: Path, business_date: pd.Timestamp, time_zone: str) -> pd.DataFrame:
    """Read, type and dedupe the till lines.

    Parameters
    ----------
    business_date
        The last day.

    Returns
    -------
    pandas.DataFrame
        One row per basket and product, money in cents.
    """
    money = ("sales_value", "retail_disc", "coupon_disc", "coupon_match_disc")
    types = dict.fromkeys(money, "float64") | {"quantity": "int64", "week": "int64"}
    types |= {"transaction_timestamp": "datetime64[s, UTC]"}
    raw = read(landing / "grocer_till", "transactions", business_date, types)
    raw = raw.loc[~raw.duplicated(["basket_id", "product_id"], keep="last")]
    cents = {name: (raw[name].fillna(0) * 100).round().astype("int64") for name in money}
    discount = cents["retail_disc"] + cents["coupon_match_disc"]
    local = raw["transaction_timestamp"].dt.tz_convert(time_zone).dt.tz_localize(None)
    return pd.DataFrame(
        {
            "order_id": raw["basket_id"],
            "product_id": raw["product_id"],
            "household_id": raw["household_id"],
            "store_id": raw["store_id"],
            "ordered_at": raw["transaction_timestamp"],
            "order_date": local.dt.normalize(),
            "quantity": raw["quantity"],
            "unit_quantity": raw["quantity"].where(raw["quantity"] <= 100),
            "gross_amount": cents["sales_value"] + discount,
            "discount_amount": discount,
            "coupon_amount": cents["coupon_disc"],
            "net_amount": cents["sales_value"],
        }
    )


def clean(
    table: pd.DataFrame, zero_is_a_value: frozenset[str] | set[str] = frozenset()
) -> pd.DataFrame:
    """Normalise every text column and replace meaningless values with null.

    Parameters
    ----------
    table
        One with few distinct texts: each is cleaned once.
    zero_is_a_value
        Columns in which 0 is a real answer.

    Returns
    -------
    pandas.DataFrame
        A copy.
    """
    cleaned = {}
    for name, column in table.items():
        if name.endswith("_id"):
            cleaned[name] = column
            continue
        codes, texts = pd.factorize(column)
        texts = pd.Series(texts, dtype="str").str.normalize("NFC")
        unknown = UNKNOWN - {"0"} if name in zero_is_a_value else UNKNOWN
        texts = texts.mask(texts.str.strip(" ").str.lower().isin(unknown))
        texts = texts.str.replace(r"[\s​-‍﻿\xa0]+", " ", regex=True).str.strip(" ")
        cleaned[name] = texts.array.take(codes, allow_fill=True)
    return pd.DataFrame(cleaned, index=table.index)


def make_orders(lines: pd.DataFrame) -> pd.DataFrame:
    """Sum lines to orders.

    Returns
    -------
    pandas.DataFrame
        One row per basket.
    """
    ids = ("household_id", "store_id")
    # categories are sorted, so the least code is the least text
    keyed = lines.assign(**{name: lines[name].cat.codes for name in ids}, line_count=1)
    first = dict.fromkeys((*ids, "ordered_at", "order_date"), "min")
    sums = {"line_count": "sum", "unit_quantity": "sum", **dict.fromkeys(MONEY, "sum")}
    orders = keyed.groupby("order_id", observed=True).agg(first | sums).reset_index()
    for name in ids:
        orders[name] = pd.Categorical.from_codes(orders[name], dtype=lines[name].dtype)
    orders = orders.rename(columns={"unit_quantity": "unit_count"})
    return orders.astype({"unit_count": "int64"})


def make_identifier_days(orders: pd.DataFrame) -> pd.DataFrame:
    """Sum orders per identifier and day.

    Returns
    -------
    pandas.DataFrame
        One row per household and day with orders.
    """
    keys = ["household_id", "order_date"]
    days = orders.assign(order_count=1).groupby(keys, observed=True)[[*SUMMED, "order_count"]].sum()
    return days.reset_index().rename(columns={"order_date": "activity_date"})


def make_windows(days: pd.DataFrame, business_date: pd.Timestamp) -> pd.DataFrame:
    """Sum identifier days over the windows that end tonight.

    Parameters
    ----------
    business_date
        The last day of every window.

    Returns
    -------
    pandas.DataFrame
        One row per household and window with orders.
    """
    parts = []
    for length in WINDOWS:
        recent = days[days["activity_date"] > business_date - pd.Timedelta(days=length)]
        grouped = recent.groupby("household_id", observed=True)
        sums = grouped[[*SUMMED, "order_count"]].sum()
        parts.append(sums.assign(active_day_count=grouped.size(), window_days=length))
    return pd.concat(parts).reset_index()


def make_kpis(days: pd.DataFrame, business_date: pd.Timestamp) -> pd.DataFrame:
    """Compute the figures of each business day.

    Parameters
    ----------
    business_date
        The last day.

    Returns
    -------
    pandas.DataFrame
        One row per day from the first order on.
    """
    spine = pd.date_range(days["activity_date"].min(), business_date, name="business_date")
    place = spine.get_indexer(days["activity_date"])
    household = days["household_id"].cat.codes.to_numpy()
    orders = np.zeros((len(spine), household.max() + 1), dtype="int32")
    orders[place, household] = days["order_count"]
    running = np.vstack([np.zeros((90, orders.shape[1]), "int32"), orders.cumsum(axis=0)])
    in_90_days = running[90:] - running[:-90]
    in_30_days = running[90:] - running[60:-30]
    revenue = np.bincount(place, weights=days["net_amount"], minlength=len(spine))
    order_count = orders.sum(axis=1)
    customer_count = (orders > 0).sum(axis=1)
    new = np.bincount((orders > 0).argmax(axis=0), minlength=len(spine))
    active = (in_90_days > 0).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return pd.DataFrame(
            {
                "business_date": spine,
                "revenue": revenue.astype("int64"),
                "order_count": order_count,
                "average_order_value": view.rounded(100 * revenue / order_count),
                "customer_count": customer_count,
                "new_customer_count": new,
                "returning_customer_count": customer_count - new,
                "active_customer_count_30d": (in_30_days > 0).sum(axis=1),
                "active_customer_count_90d": active,
                "repurchase_rate_90d": (in_90_days > 1).sum(axis=1) / active,
            }
        )


def make_tastes(
    lines: pd.DataFrame, products: pd.DataFrame, business_date: pd.Timestamp
) -> pd.DataFrame:
    """Sum the last year's lines by department, category and brand.

    Parameters
    ----------
    business_date
        The last day.

    Returns
    -------
    pandas.DataFrame
        One row per household, department, category and brand.
    """
    kinds = ["department", "product_category", "brand"]
    taste = products.groupby(kinds, dropna=False, sort=False).ngroup()
    names = products[kinds].groupby(taste).first()
    of_product = pd.Series(taste.to_numpy(), index=products["product_id"].astype("str"))
    known = of_product.reindex(lines["product_id"].cat.categories).fillna(-1).astype("int32")
    bought = known.to_numpy()[lines["product_id"].cat.codes]
    recent = (bought >= 0) & (lines["order_date"] > business_date - pd.Timedelta(days=365))
    keyed = pd.DataFrame(
        {
            "household_id": lines["household_id"],
            "taste": bought,
            "net_amount": lines["net_amount"],
        }
    )[recent]
    grouped = keyed.groupby(["household_id", "taste"], observed=True)["net_amount"]
    tastes = grouped.agg(net_amount="sum", line_count="size").reset_index()
    return tastes.join(names, on="taste").drop(columns="taste")


if __name__ == "__main__":
    need_path(Path(sys.argv[1]), "python -m benchmarks.landing HOME FIRST LAST")
    main(Path(sys.argv[1]), pd.Timestamp(sys.argv[2]), sys.argv[3], Path(sys.argv[4]))
