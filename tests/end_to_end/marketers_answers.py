"""Answers docs/questions.md from the grocer's export files with pandas, without anything of Dangol.

What only the models know (a customer's segment, prediction and probability) is given.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from dangol.settings import Settings

TONIGHT = pd.Timestamp("2017-12-31")
QUARTER = pd.Timedelta(days=90)
LINES = """
    select
        household_id, basket_id, product_id, cast(transaction_timestamp as timestamp) as moment,
        cast(100 * sales_value as bigint) as sales_value,
        cast(100 * (retail_disc + coupon_match_disc) as bigint) as discount,
        cast(100 * coupon_disc as bigint) as coupon
    from read_csv('{files}', types = {{
        household_id: varchar, basket_id: varchar, product_id: varchar,
        sales_value: 'decimal(18, 2)', retail_disc: 'decimal(18, 2)',
        coupon_match_disc: 'decimal(18, 2)', coupon_disc: 'decimal(18, 2)'
    }})
"""


def read(landing: Path, files: str) -> pd.DataFrame:
    """Read exports as texts."""
    return duckdb.sql(f"from read_csv('{landing}/{files}', all_varchar = true)").df()


def money(cents: int) -> Decimal:
    return Decimal(int(cents)) / 100


def tuples(frame: pd.DataFrame) -> list[tuple[object, ...]]:
    return list(frame.itertuples(index=False, name=None))


def _rounded(value: object) -> object:
    if not isinstance(value, float):
        return value
    return pytest.approx(value, abs=5.1e-5 if value <= 1 else 5.1e-3)


class Answers:
    """The answers by number.

    Parameters
    ----------
    landing
        The folder with the grocer's exports.
    people
        From household to customer.
    scores
        One row per customer, in an index of customers: segment, predicted_spend_90d, churn.
    """

    def __init__(self, landing: Path, people: dict[str, str], scores: pd.DataFrame):
        lines = duckdb.sql(
            LINES.format(files=landing / "grocer_till" / "transactions_*.csv.gz")
        ).df()
        local = lines["moment"].dt.tz_localize("UTC").dt.tz_convert("America/New_York")
        lines = lines.assign(
            hour=local.dt.hour, day=local.dt.tz_localize(None).dt.normalize(),
            off=lines["discount"] + lines["coupon"], gross=lines["sales_value"] + lines["discount"],
            customer=lines["household_id"].map(people),
        )  # fmt: skip
        self.lines, self.scores = lines, scores
        self.orders = (
            lines.groupby("basket_id")
            .agg(
                customer=("customer", "first"), day=("day", "first"), hour=("hour", "first"),
                moment=("moment", "min"), cents=("sales_value", "sum"),
            )
            .reset_index()
            .assign(month=lambda orders: orders["day"].dt.to_period("M"))
        )  # fmt: skip
        self.people = self._people()
        self.products = read(landing, "grocer_catalogue/products_2017-12-01.csv.gz")
        self.campaigns = read(landing, "grocer_campaigns/campaigns_*.csv")
        self.campaigns = self.campaigns.set_index("campaign_id")["campaign_type"]
        sends = read(landing, "grocer_campaigns/sends_*.csv")
        self.sends = sends.assign(
            customer=sends["household_id"].map(people), sent=pd.to_datetime(sends["sent_date"])
        )
        given = read(landing, "grocer_campaigns/redemptions_*.csv")
        self.redemptions = given.assign(
            customer=given["household_id"].map(people), on=pd.to_datetime(given["redemption_date"])
        )

    @classmethod
    def of_the_demo(cls, settings: Settings, published: duckdb.DuckDBPyConnection) -> Answers:
        """Give what only the build and the models know: who is which household, and the scores."""
        with duckdb.connect(settings.build_file, read_only=True) as build:
            people = build.execute(
                "select identifier_value, customer_id from identity.identifiers"
                " inner join identity.identifier_customers using (identifier_id)"
            ).fetchall()
        scores = published.execute(
            "select customer_id, segment, predicted_spend_90d, churn_probability"
            " from ml.customer_scores"
        ).fetchall()
        columns = ["customer", "segment", "predicted", "churn"]
        frame = pd.DataFrame(scores, columns=columns).set_index("customer")
        return cls(Path(settings.landing), dict(people), frame)

    def rounded(self, number: int) -> list[tuple[object, ...]]:
        """Return an answer; shares are compared with four decimals, averages with two."""
        rows = getattr(self, f"answer_{number}")()
        return [tuple(_rounded(value) for value in row) for row in rows]

    def _people(self) -> pd.DataFrame:
        """One row per customer: what it ordered, and its scores by rank."""
        own = self.orders.groupby("customer")
        people = own.agg(
            orders=("day", "size"), cents=("cents", "sum"),
            first_day=("day", "min"), last_day=("day", "max"),
        )  # fmt: skip
        people["days_ago"] = (TONIGHT - people["last_day"]).dt.days
        for name, values in {
            "recency": -people["days_ago"], "frequency": people["orders"],
            "monetary": people["cents"],
        }.items():  # fmt: skip
            worse = values.map(lambda value, values=values: int((values < value).sum()))
            people[name] = 1 + 5 * worse // len(people)
        return people.join(self.scores)

    def spent(self, after: pd.Timestamp, until: pd.Timestamp = TONIGHT) -> pd.Series[int]:
        """Return each customer's cents after one day, up to another."""
        orders = self.orders[(self.orders["day"] > after) & (self.orders["day"] <= until)]
        sums = orders.groupby("customer")["cents"].sum()
        return sums.reindex(self.people.index, fill_value=0)

    def answer_1(self) -> Iterable[tuple[object, ...]]:
        groups = self.people.groupby("segment")["cents"].agg(["size", "sum"])
        for segment, count, cents in groups.sort_values("sum", ascending=False).itertuples():
            yield segment, count, money(cents), cents / self.people["cents"].sum()

    def answer_2(self) -> Iterable[tuple[object, ...]]:
        people = self.people
        best = people[(people["monetary"] >= 4) & (people["frequency"] >= 4)]
        at_risk = best[best["recency"] <= 2].rename_axis("customer").reset_index()
        at_risk = at_risk.sort_values(["cents", "customer"], ascending=[False, True])
        for each in at_risk.itertuples():
            yield each.customer, each.days_ago, each.orders, money(each.cents), each.churn

    def answer_3(self) -> Iterable[tuple[object, ...]]:
        seen = self.orders[["customer", "month"]].drop_duplicates()
        seen = seen.join(self.people[["segment", "first_day"]], on="customer")
        seen["cohort"] = seen["first_day"].dt.to_period("M")
        later = (seen["month"] - seen["cohort"]).map(lambda months: months.n)
        counts = seen.assign(later=later).groupby(["segment", "cohort", "later"]).size()
        for (segment, cohort, months), count in counts.sort_index().items():
            day = cohort.to_timestamp().date()
            yield segment, day, months, count, count / counts[segment, cohort, 0]

    def answer_4(self) -> Iterable[tuple[object, ...]]:
        for month, cents in self.orders.groupby("month")["cents"]:
            total = int(cents.sum())
            yield month.to_timestamp().date(), len(cents), money(total), total / len(cents) / 100

    def answer_5(self) -> Iterable[tuple[object, ...]]:
        answered = set(tuples(self.redemptions[["campaign_id", "customer"]]))
        rows = []
        for campaign, sends in self.sends.groupby("campaign_id"):
            to = set(sends["customer"])
            count = sum((campaign, customer) in answered for customer in to)
            rows.append((campaign, self.campaigns[campaign], len(to), count, count / len(to)))
        return sorted(rows, key=lambda row: (-round(row[4], 4), row[0]))

    def answer_6(self) -> Iterable[tuple[object, ...]]:
        bought, again = 0, 0
        for _, own in self.orders.sort_values(["moment", "basket_id"]).groupby("customer"):
            first, *others = own["day"]
            if first <= TONIGHT - QUARTER:
                bought += 1
                again += bool(others) and others[0] <= first + QUARTER
        yield bought, again, again / bought

    def answer_7(self) -> Iterable[tuple[object, ...]]:
        departments = self.products.set_index("product_id")["department"]
        lines = self.lines.assign(department=self.lines["product_id"].map(departments))
        days = lines[["customer", "department", "day"]].dropna().drop_duplicates()
        firsts = days.groupby(["customer", "department"], as_index=False)["day"].min()
        buyers = firsts["department"].value_counts()
        pairs = firsts.merge(days, on="customer", suffixes=("_a", "_b"))
        pairs = pairs[pairs["department_a"] != pairs["department_b"]]
        gap = pairs["day_b"] - pairs["day_a"]
        pairs = pairs[(gap > pd.Timedelta(0)) & (gap <= QUARTER)]
        counts = pairs.groupby(["department_a", "department_b"])["customer"].nunique()
        rows = [
            (a, b, buyers[a], count, count / buyers[a])
            for (a, b), count in counts.items()
            if buyers[a] >= 100
        ]
        return sorted(rows, key=lambda row: (-round(row[4], 4), row[0], row[1]))

    def answer_8(self) -> Iterable[tuple[object, ...]]:
        hours = self.orders.groupby("hour")["cents"].agg(["size", "sum"])
        for hour, count, cents in hours.sort_values("size", ascending=False).itertuples():
            yield hour, count, money(cents)

    def answer_9(self) -> Iterable[tuple[object, ...]]:
        people = self.people.assign(recent=self.spent(TONIGHT - QUARTER))
        rows = [
            (segment, len(own), money(own["recent"].sum()), sum(own["predicted"]))
            for segment, own in people.groupby("segment")
        ]
        return sorted(rows, key=lambda row: -row[3])

    def answer_10(self) -> Iterable[tuple[object, ...]]:
        sums = self.lines.groupby("customer")[["off", "gross", "sales_value"]].sum()
        sums = sums[sums["gross"] != 0]
        share = (20_000 * sums["off"] + sums["gross"]) // (2 * sums["gross"])  # of 10,000, rounded
        bands = sums.groupby((share // 1000).clip(upper=5) * 10)["sales_value"]
        for band, cents in bands:
            yield band, len(cents), money(cents.sum())

    def answer_11(self) -> Iterable[tuple[object, ...]]:
        key = ["campaign_id", "customer"]
        sent = self.sends.groupby(key)["sent"].min().to_frame()
        answers = self.redemptions.groupby(key)["on"].agg(["min", "size"])
        both = sent.join(answers).reset_index()
        both["type"] = both["campaign_id"].map(self.campaigns)
        for kind, own in both.groupby("type"):
            answered = own.dropna(subset="min")
            days = (answered["min"] - answered["sent"]).dt.days.median()
            share = len(answered) / len(own)
            yield kind, len(own), len(answered), share, int(answered["size"].sum()), days

    def answer_12(self) -> Iterable[tuple[object, ...]]:
        people = self.people.assign(
            recent=self.spent(TONIGHT - QUARTER),
            before=self.spent(TONIGHT - 2 * QUARTER, TONIGHT - QUARTER),
        )
        leaving = people[people["monetary"] >= 3].rename_axis("customer").reset_index()
        leaving = leaving.sort_values(["churn", "customer"], ascending=[False, True])
        for each in leaving.head(50).itertuples():
            yield (
                each.customer, each.segment, each.churn, each.days_ago,
                money(each.recent), money(each.before),
            )  # fmt: skip
