"""`dangol demo`, as in the README: the real year, through Airflow, in a separate home."""

import os
import re
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from dangol.ledger import read_ledger
from dangol.publication.dictionary import published_tables
from dangol.settings import PROJECT_ROOT, Settings
from demo.complete_journey import DataMissingError, data_folder
from tests.end_to_end.documented_pages import how_a_join_fares, joins, questions
from tests.end_to_end.marketers_answers import Answers
from tests.id_key import SECRET

PROGRAM = "import sys; from dangol.cli import main; sys.exit(main())"

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    try:
        data_folder()
    except DataMissingError as error:
        pytest.skip(str(error))
    return tmp_path_factory.mktemp("demo") / "grocer"


@pytest.fixture(scope="module")
def dangol(home):
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", PROGRAM, *arguments],
            env=os.environ
            | {
                "DANGOL_HOME": str(home),
                "DANGOL_ID_KEY": SECRET.hex(),
                "PYTHONPATH": str(PROJECT_ROOT),
            },
            cwd=PROJECT_ROOT,
            capture_output=True,
            text=True,
        )

    return run


@pytest.fixture(scope="module")
def output(dangol) -> str:
    done = dangol("demo")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


@pytest.fixture(scope="module")
def settings(home, output) -> Settings:
    return Settings.from_environment({"DANGOL_HOME": str(home)})


@pytest.fixture(scope="module")
def published(settings):
    with duckdb.connect(settings.published_file.resolve(), read_only=True) as connection:
        yield connection


UNKNOWN = {("aggregated.fct_order_lines", "aggregated.dim_products"): 4836}
"""Rows of a documented join without a counterpart: lines of products that the catalogue lacks."""


def ask(connection, query):
    return connection.execute(query).fetchall()


def test_it_shows_each_task_and_ends_with_one_summary(output):
    assert output.count("✓  publish") == 2
    assert "✗" not in output
    summary = output[output.index("the night of 2017-12-31\n") :]
    assert re.search(r"^gate +passed +skipped +warned +failed$", summary, flags=re.MULTILINE)
    assert re.search(r"^raw +\d+ +0 +0 +0$", summary, flags=re.MULTILINE)
    spend = r"^spend +nrmse +0\.\d+ +0\.\d+ +0\.\d+ +(promoted|refused)$"
    assert re.search(spend, summary, flags=re.MULTILINE)
    revenue = r"^revenue of the day +16,574\.57 +17,882\.26 +-1,307\.69$"
    assert re.search(revenue, summary, flags=re.MULTILINE)
    assert "make up" in summary


def test_for_every_file_of_the_year_the_ledger_balances(settings):
    loads = read_ledger(settings)
    sums = {load.load_id: load.rows_loaded + load.rows_quarantined for load in loads}
    assert {load.load_id: load.rows_read for load in loads} == sums
    assert [load for load in loads if load.status in {"rejected", "waiting"}] == []
    till = [load for load in loads if load.stream == "transactions"]
    assert (len(till), sum(load.rows_loaded for load in till)) == (365, 1_469_307)


def test_the_view_sums_to_the_exports_to_the_cent(published):
    source = data_folder() / "transactions.parquet"
    ((came,),) = duckdb.sql(
        f"select sum(cast(sales_value as decimal(18, 2))) from read_parquet('{source}')"
    ).fetchall()
    sums = ask(
        published,
        "select (select sum(net_amount) from aggregated.fct_order_lines),"
        " (select sum(net_amount) from aggregated.fct_orders),"
        " (select sum(net_amount) from aggregated.fct_identifier_days),"
        " (select sum(gross_revenue) from aggregated.kpi_days),"
        " (select sum(net_amount) from customer_view.customers)",
    )
    assert sums == [(came,) * 5] == [(Decimal("4596039.58"),) * 5]


def test_every_household_is_a_customer_scored_as_of_the_last_day(published):
    assert ask(
        published,
        "select count(*), count(distinct customer_id), min(as_of), max(as_of),"
        " (select count(*) from customer_view.customer_attributes"
        " where attribute_name = 'age_band'),"
        " count(segment), count(predicted_spend_90d), count(churn_probability)"
        " from customer_view.customers",
    ) == [(2469, 2469, date(2017, 12, 31), date(2017, 12, 31), 801, 2469, 2469, 2469)]


def test_the_quirks_of_the_data_are_handled_as_documented(published):
    assert ask(
        published,
        "select count(*) filter (unit_quantity is null), count(*) filter (quantity = 0),"
        " count(*) filter (net_amount = 0), min(order_date), max(order_date)"
        " from aggregated.fct_order_lines",
    ) == [(13_510, 8_869, 11_226 + 20, date(2017, 1, 1), date(2017, 12, 31))]
    assert ask(
        published,
        "select count(*) from aggregated.fct_order_lines"
        " where product_id not in (select product_id from aggregated.dim_products)",
    ) == [(4_836,)]
    assert ask(
        published,
        "select order_count, gross_revenue, average_order_value from aggregated.kpi_days"
        " where business_date = date '2017-12-25'",
    ) == [(0, Decimal(0), None)]


def test_the_quirks_that_only_the_build_shows(settings):
    with duckdb.connect(settings.build_file, read_only=True) as build:
        assert ask(
            build,
            "select count(*) filter (ordered_at >= timestamp '2018-01-01'),"
            " (select count(*) from cleaned.int_coupons_received),"
            " (select count(*) from cleaned.coupons) from cleaned.order_lines",
        ) == [(534, 116_204, 116_204 - 4_872)]


def test_the_tables_have_the_recorded_checksums(dangol, output):
    """`dangol checksums` wrote the file; if you change a table on purpose, rewrite it and say so.

    Learned values may differ in their last digits between CPUs.
    """
    learnt = {"ml.customer_scores", "ml.deciles", "ml.model_runs", "customer_view.customers"}
    kept = Path(__file__).with_name("grocer_checksums.txt").read_text(encoding="utf-8")
    tables, known = (
        {table: checksum for table, checksum in map(str.split, text.splitlines())}
        for text in (dangol("checksums").stdout, kept)
    )
    assert tables.keys() == known.keys()
    assert {table for table, checksum in tables.items() if checksum != known[table]} <= learnt


def test_the_models_beat_their_baselines(published):
    rows = ask(
        published,
        "select model, challenger_value, baseline_value, champion_after from ml.model_runs"
        " where business_date = date '2017-12-30'",
    )
    # errors should be small, the others large
    better = {
        name: value < base if name == "spend" else value > base for name, value, base, _ in rows
    }
    assert better == {"segment": True, "spend": True, "churn": True}
    assert all(champion for *_, champion in rows)


def test_every_published_table_and_column_is_described(published):
    tables = dict(
        ask(published, "select schema_name || '.' || table_name, comment from duckdb_tables()")
    )
    columns = {
        (table, column): comment
        for table, column, comment in ask(
            published,
            "select schema_name || '.' || table_name, column_name, comment from duckdb_columns()"
            " where not internal",
        )
    }
    expected = published_tables()
    assert tables == {table.full_name: table.description for table in expected}
    assert columns == {
        (table.full_name, name): text for table in expected for name, text in table.columns.items()
    }


def test_the_night_recorded_itself(published):
    gates = ask(
        published,
        "select gate, count(*) > 10, count(*) filter (status <> 'passed') from ops.gate_results"
        " where business_date = date '2017-12-31' group by gate order by gate",
    )
    assert gates == [(gate, True, 0) for gate in ("aggregated", "cleaned", "customer_view", "raw")]
    assert ask(
        published,
        "select count(*) > 30, count(*) filter (status <> 'success') from ops.model_runs"
        " where business_date = date '2017-12-31' and kind = 'model'",
    ) == [(True, 0)]
    assert ask(published, "select count(*) from ops.publications") == [(2,)]


def test_each_night_has_a_page_and_the_models_their_documentation(settings, output):
    pages = {file.name: file for file in settings.pages.iterdir()}
    (models,) = [name for name in pages if name.startswith("models-")]
    assert set(pages) == {"2017-12-30.html", "2017-12-31.html", "index.html", models}
    assert f"page        {pages['2017-12-31.html']}" in output
    for name in ("2017-12-30.html", "2017-12-31.html"):
        text = pages[name].read_text(encoding="utf-8")
        assert "<h1>Readers have tonight&#39;s publication.</h1>" in text
        assert f'href="{models}"' in text
    for column in ("customer_view.customers", "predicted_spend_90d"):
        assert column.rpartition(".")[2] in pages[models].read_text(encoding="utf-8")
    assert [file for file in pages.values() if file.stat().st_mode & 0o077] == []


def test_the_readmes_query_works(dangol, output):
    readme = (PROJECT_ROOT / "README.md").read_text(encoding="utf-8")
    query = re.search(r'dangol query "(.*?)"\n', readme, flags=re.DOTALL)[1]
    answer = dangol("query", query)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "expected" in answer.stdout


@pytest.fixture(scope="module")
def answers(settings, published):
    return Answers.of_the_demo(settings, published)


@pytest.mark.parametrize("number", range(1, 13))
def test_the_published_file_answers_a_marketer_as_the_exports_do(published, answers, number):
    assert ask(published, questions()[number]) == answers.rounded(number) != []


@pytest.mark.parametrize("join", joins(), ids=lambda join: f"{join[0]}-{join[1]}")
def test_a_documented_join_finds_rows_and_doubles_none(published, join):
    rows, joined, most = how_a_join_fares(lambda query: ask(published, query), join)
    assert (rows - joined, most) == (UNKNOWN.get(join[:2], 0), 1)
    assert rows > 0 or join[0] == "aggregated.fct_refunds", "the grocer has no refunds"


def test_a_rollback_shows_the_night_before_and_resume_the_last_one(dangol, settings, output):
    def readers_get() -> date:
        with duckdb.connect(settings.published_file.resolve(), read_only=True) as connection:
            return connection.execute("select business_date from ops.current_run").fetchall()[0][0]

    assert readers_get() == date(2017, 12, 31)
    assert dangol("rollback", "--yes").returncode == 0
    assert readers_get() == date(2017, 12, 30)
    assert dangol("resume").returncode == 0
    assert readers_get() == date(2017, 12, 31)


def test_no_value_of_a_classified_column_is_published(settings, published):
    """Household ids, in any column; attributes such as an age band are what the view is for."""
    with duckdb.connect(settings.build_file, read_only=True) as build:
        households = {
            value for (value,) in ask(build, "from identity.identifiers select identifier_value")
        }
    assert len(households) == 2469
    found = []
    for schema, table, column in ask(
        published,
        "select table_schema, table_name, column_name from information_schema.columns"
        " where data_type = 'VARCHAR' and table_schema in ('customer_view', 'aggregated', 'ml')"
        " and table_name not like 'dim_%' and column_name not in"
        " ('store_id', 'product_id', 'campaign_id', 'order_id', 'order_line_id', 'coupon_id')",
    ):
        parts = ask(
            published,
            f"select distinct unnest(string_split({column}, '-')) from {schema}.{table}",
        )
        if len(households & {part for (part,) in parts}) > 100:  # a few are sizes and hours
            found.append(f"{schema}.{table}.{column}")
    assert found == []


def test_the_night_without_airflow_s_database_is_the_same(dangol, settings, published):
    """It contains no business state: the night is run again, on real data, from an empty one."""
    before = settings.published_file.resolve()
    (settings.airflow_home / "airflow.db").unlink()
    done = dangol("run", "--date", "2017-12-31")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    assert "✓  publish" in done.stdout
    assert settings.published_file.resolve() == before, "the same tables are published once"
