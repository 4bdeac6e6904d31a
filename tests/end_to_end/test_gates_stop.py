"""P4: a broken row of each kind stops the night at the gate that should catch it.

The row is broken in the real build, after the step that made it; tests/expectations tests every
expectation. And a feed that stays broken is refused night after night.
"""

import shutil

import duckdb
import pytest

pytestmark = pytest.mark.end_to_end

TONIGHT = "2017-12-31"
ONE_LINE = (
    "(_load_id, _row) in (select (_load_id, _row) from cleaned.order_lines where order_date ="
    f" '{TONIGHT}' order by all limit 1)"
)
ONE_ORDER = (
    f"order_id = (select min(order_id) from aggregated.fct_orders where order_date = '{TONIGHT}')"
)
ONE_CUSTOMER = "customer_id = (select min(customer_id) from customer_view.customers)"

BROKEN = {
    "a row lost between file and lake": (
        "raw",
        "update ops.loads set rows_loaded = rows_loaded - 1, rows_read = rows_read - 1"
        " where is_new and stream = 'transactions' and supplement = 0 and file_date = '2017-12-31'",
        "the lake contains as many rows of tonight's files as the ledger says",
    ),
    "a file that was accepted twice": (
        "raw",
        "update ops.loads set sha256 = (select min(sha256) from ops.loads where status = 'loaded'"
        " and stream = 'transactions') where stream = 'transactions' and file_date = '2017-12-31'",
        "no content is loaded twice",
    ),
    "a row lost between lake and model": (
        "cleaned",
        f"delete from cleaned.int_order_lines_received where {ONE_LINE}",
        "every row of a file is current, superseded or set aside in one entity",
    ),
    "a cent too much": (
        "cleaned",
        "update cleaned.int_order_lines_received set net_amount = net_amount + 0.01,"
        f" gross_amount = gross_amount + 0.01 where {ONE_LINE}",
        "the rows of every file sum to its control total",
    ),
    "two rows that contradict each other": (
        "cleaned",
        f"update cleaned.int_order_lines_received set row_state = 'conflict' where {ONE_LINE}",
        "no two rows of order_lines contradict each other",
    ),
    "a line of tomorrow": (
        "cleaned",
        "update cleaned.int_order_lines_received set ordered_at = '2018-01-01 05:00:00'"
        f" where {ONE_LINE}",
        "cleaned.order_lines.ordered_at is since 2000 and before the end of the business day",
    ),
    "an order that lost its money on the way": (
        "aggregated",
        f"update aggregated.fct_orders set net_amount = net_amount - 0.01 where {ONE_ORDER}",
        "fct_orders matches its lines in money and rows, day by day",
    ),
    "an order that came twice": (
        "aggregated",
        f"insert into aggregated.fct_orders from aggregated.fct_orders where {ONE_ORDER}",
        "aggregated.fct_orders has one row per source_system, order_id",
    ),
    "an identifier without a customer": (
        "aggregated",
        "delete from identity.identifier_customers where identifier_id ="
        " (select min(identifier_id) from identity.identifier_customers)",
        "every identifier has a customer",
    ),
    "a customer who is missing": (
        "customer_view",
        f"delete from customer_view.customers where {ONE_CUSTOMER}",
        "the view has exactly the customers of identity.customers",
    ),
    "a customer whose spend does not add up": (
        "customer_view",
        f"update customer_view.customers set net_amount = net_amount + 0.01 where {ONE_CUSTOMER}",
        "the customers' money and order counts sum to those of all orders of known people",
    ),
    "a probability above one": (
        "customer_view",
        f"update customer_view.customers set churn_probability = 1.5 where {ONE_CUSTOMER}",
        "customer_view.customers.churn_probability is at least 0 and at most 1",
    ),
}


@pytest.fixture(scope="module")
def before_publishing(undisturbed, tmp_path_factory):
    """Tonight's build before it was published: its loads are new."""
    home = undisturbed.copy(tmp_path_factory.mktemp("built") / "home")
    with duckdb.connect(home.settings.build_file) as build:
        build.execute(
            f"update ops.loads set is_new = load_date = '{TONIGHT}' and status = 'loaded'"
        )
        build.execute("delete from ops.applied_loads where load_id in"
                      " (select load_id from ops.loads where is_new)")  # fmt: skip
    # the views show the rows that were new when the night was staged
    home.steps(TONIGHT, "stage_raw")
    return home


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_row_stops_the_night_at_its_gate(before_publishing, tmp_path, kind):
    gate, statement, sentence = BROKEN[kind]
    home = before_publishing.copy(tmp_path / "home")
    home.steps(TONIGHT, f"gate_{gate}")
    with duckdb.connect(home.settings.build_file) as build:
        ((changed,),) = build.execute(statement).fetchall()
        assert changed == 1
    act = home.start("steps", day=TONIGHT, names=[f"gate_{gate}", "publish"])
    assert act.wait() == 1
    said = act.log.read_text()
    assert f"gate {gate} stopped the night of {TONIGHT}" in said
    assert f"gate {gate}, critical: {sentence} — failed" in said


def test_a_feed_that_stays_poisoned_stays_refused_until_it_is_corrected(
    past, tmp_path, write_export
):
    """Three nights fail at the same gate; readers keep the last publication, and see its date."""
    home = past.copy(tmp_path / "home")
    landing = tmp_path / "landing"
    shutil.copytree(home.settings.landing, landing)
    home.environment["DANGOL_LANDING"] = str(landing)
    till = landing / "grocer_till"
    header, *_ = (till / "x").parent.glob("*2017-12-30.csv.gz")
    rows = _rows_of(header)
    name = rows[0].index("sales_value")

    def land(day, price):
        again = [[*row[:name], price or row[name], *row[name + 1 :]] for row in rows[1:]]
        stamp = rows[0].index("transaction_timestamp")
        again = [[*row[:stamp], f"{day}T18:00:00Z"] for row in again]
        basket = rows[0].index("basket_id")
        again = [[*row[:basket], f"{day[-2:]}{row[basket]}", *row[basket + 1 :]] for row in again]
        write_export(till / f"transactions_{day}.csv.gz", [rows[0], *again])
        for other in landing.glob("*/*_2017-12-30.csv*"):
            if other.parent != till:
                shutil.copy(other, other.with_name(other.name.replace("2017-12-30", day)))

    for day in ("2017-12-31", "2018-01-01", "2018-01-02"):
        land(day, "poison")
        status, said = home.command("night", "--date", day)
        assert status == 1
        assert f"gate raw stopped the night of {day}" in said
        assert "no file of tonight has too many quarantined rows — failed" in said
        home.assert_published_is_whole("2017-12-30")
    for day in ("2017-12-31", "2018-01-01", "2018-01-02"):
        land(day, None)
    home.steps("2018-01-02", "begin", "extract", "stage_raw", "gate_raw", "cleaned", "gate_cleaned",
               "aggregated", "gate_aggregated")  # fmt: skip
    counts = home.ask_build(
        "select order_date::varchar, count(*) from aggregated.fct_order_lines"
        " where order_date >= '2017-12-30' group by all order by all"
    )
    assert counts == [
        (day, len(rows) - 1) for day in ("2017-12-30", "2017-12-31", "2018-01-01", "2018-01-02")
    ]
    home.assert_the_ledger_balances()


def _rows_of(file):
    import csv
    import gzip

    with gzip.open(file, "rt", encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))
