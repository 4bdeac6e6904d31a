"""P3: night after night gives the same tables as one rebuild, and as a fresh start.

The stories are about a corner shop: each has its own business days, so that all of them fit into
the same four nights.
"""

import shutil
from decimal import Decimal

import pytest

pytestmark = pytest.mark.end_to_end

HEADER = [
    "household_id", "store_id", "basket_id", "product_id", "quantity", "sales_value", "retail_disc",
    "coupon_disc", "coupon_match_disc", "week", "transaction_timestamp",
]  # fmt: skip
NIGHTS = ("2017-01-20", "2017-01-21", "2017-01-22", "2017-01-23")
LAYERS = ("begin", "extract", "stage_raw", "cleaned", "aggregated", "applied")


def line(basket, product, price, day, household="7"):
    """A till line at noon of a day in New York."""
    free, at = ["0.00", "0.00", "0.00"], f"{day}T17:00:00Z"
    return [household, "1", basket, product, "1", price, *free, "1", at]


class Story:
    """What arrives before each night, by file name, and the lines that are current in the end."""

    def __init__(self, arrivals, expected):
        self.arrivals, self.expected = arrivals, expected


STORIES = {
    "line_SENT_ONCE": Story(
        {0: {"01-02": [line("b02", "p1", "1.00", "2017-01-02", household="9")]}},
        {("b02", "p1"): ("1.00", "2017-01-02")},
    ),
    "file_LATE": Story(
        {2: {"01-01": [line("b01", "p1", "1.00", "2017-01-01")]}},
        {("b01", "p1"): ("1.00", "2017-01-01")},
    ),
    "file_CORRECTED": Story(
        {
            0: {"01-03": [line("b03", product, "1.00", "2017-01-03") for product in ("p1", "p2")]},
            1: {"01-03_r1": [line("b03", "p1", "2.00", "2017-01-03")]},
        },
        {("b03", "p1"): ("2.00", "2017-01-03")},
    ),
    "file_CHANGED_under_its_name": Story(
        {
            0: {"01-04": [line("b04", "p1", "1.00", "2017-01-04")]},
            1: {"01-04": [line("b04", "p2", "2.00", "2017-01-04")]},
        },
        {("b04", "p2"): ("2.00", "2017-01-04")},
    ),
    "line_RESENT_next_day": Story(
        {
            0: {
                "01-05": [line("b05", "p1", "1.00", "2017-01-05")],
                "01-06": [
                    line("b05", "p1", "1.00", "2017-01-05"),
                    line("b06", "p1", "1.00", "2017-01-06"),
                ],
            }
        },
        {("b05", "p1"): ("1.00", "2017-01-05"), ("b06", "p1"): ("1.00", "2017-01-06")},
    ),
    "line_HOLDS_AGAIN_when_what_replaced_it_is_withdrawn": Story(
        {
            0: {"01-07": [line("b07", "p1", "1.00", "2017-01-07")]},
            1: {
                "01-08": [
                    line("b07", "p1", "1.00", "2017-01-07"),
                    line("b08", "p1", "1.00", "2017-01-08"),
                ]
            },
            3: {"01-08_r1": [line("b08", "p1", "1.00", "2017-01-08")]},
        },
        {("b07", "p1"): ("1.00", "2017-01-07"), ("b08", "p1"): ("1.00", "2017-01-08")},
    ),
    "file_EMPTIED": Story(
        {0: {"01-09": [line("b09", "p1", "1.00", "2017-01-09")]}, 1: {"01-09_r1": []}}, {}
    ),
    "file_EMPTIED_and_filled_again": Story(
        {
            0: {"01-10": [line("b10", "p1", "1.00", "2017-01-10")]},
            1: {"01-10_r1": []},
            2: {"01-10_r2": [line("b10", "p1", "3.00", "2017-01-10")]},
        },
        {("b10", "p1"): ("3.00", "2017-01-10")},
    ),
    "basket_MOVED_to_another_day": Story(
        {
            0: {"01-11": [line("b11", product, "1.00", "2017-01-11") for product in ("p1", "p2")]},
            1: {
                "01-11_r1": [line("b11", product, "1.00", "2017-01-12") for product in ("p1", "p2")]
            },
        },
        {("b11", "p1"): ("1.00", "2017-01-12"), ("b11", "p2"): ("1.00", "2017-01-12")},
    ),
    "correction_CORRECTED": Story(
        {
            0: {"01-15": [line("b15", "p1", "1.00", "2017-01-15")]},
            1: {"01-15_r1": [line("b15", "p2", "2.00", "2017-01-15")]},
            2: {"01-15_r2": [line("b15", "p3", "3.00", "2017-01-15")]},
        },
        {("b15", "p3"): ("3.00", "2017-01-15")},
    ),
    "correction_TAKEN_BACK": Story(
        {
            0: {"01-16": [line("b16", "p1", "1.00", "2017-01-16")]},
            1: {"01-16_r1": [line("b16", "p2", "2.00", "2017-01-16")]},
            2: {"01-16_r2": [line("b16", "p1", "1.00", "2017-01-16")]},
        },
        {("b16", "p1"): ("1.00", "2017-01-16")},
    ),
    "correction_BEFORE_its_file": Story(
        {
            0: {"01-17_r1": [line("b17", "p1", "2.00", "2017-01-17")]},
            1: {"01-17": [line("b17", product, "1.00", "2017-01-17") for product in ("p1", "p2")]},
        },
        {("b17", "p1"): ("2.00", "2017-01-17")},
    ),
    "rows_SUBMITTED_AGAIN": Story(
        {
            0: {"01-18": [line("b18", "p1", "1.00", "2017-01-18")]},
            1: {"01-18_s1": [line("b18", "p2", "2.00", "2017-01-18")]},
        },
        {("b18", "p1"): ("1.00", "2017-01-18"), ("b18", "p2"): ("2.00", "2017-01-18")},
    ),
    "rows_SUBMITTED_AGAIN_then_the_file_corrected": Story(
        {
            0: {"01-19": [line("b19", "p1", "1.00", "2017-01-19")]},
            1: {"01-19_s1": [line("b19", "p2", "2.00", "2017-01-19")]},
            2: {"01-19_r1": [line("b19", "p1", "3.00", "2017-01-19")]},
        },
        {("b19", "p1"): ("3.00", "2017-01-19")},
    ),
    "rows_SUBMITTED_AGAIN_too_late": Story(
        {
            0: {"01-20": [line("b20", "p1", "1.00", "2017-01-20")]},
            1: {"01-20_r1": [line("b20", "p1", "3.00", "2017-01-20")]},
            2: {"01-20_s1": [line("b20", "p2", "2.00", "2017-01-20")]},
        },
        {("b20", "p1"): ("3.00", "2017-01-20")},
    ),
    "line_OF_TONIGHT": Story(
        {3: {"01-23": [line("b23", "p1", "1.00", "2017-01-23")]}},
        {("b23", "p1"): ("1.00", "2017-01-23")},
    ),
    "first_day_EMPTIED": Story(
        {
            0: {"2016-12-30": [line("b00", "p1", "1.00", "2016-12-30", household="8")]},
            2: {"2016-12-30_r1": []},
        },
        {},
    ),
}


CATALOGUES = {0: {"p1": "BREAD", "p2": "MILK"}, 2: {"p1": "CAKE", "p2": "MILK"}}
"""Departments by night, for customers without a contact record."""


def land_catalogue(landing, write_export, night, departments):
    header = [
        "product_id", "manufacturer_id", "department", "brand", "product_category",
        "product_type", "package_size",
    ]  # fmt: skip
    rows = [[product, "1", each, "own", each, "", ""] for product, each in departments.items()]
    write_export(landing / "grocer_catalogue" / f"products_{night}.csv.gz", [header, *rows])


def land(landing, write_export, arrivals):
    for name, rows in arrivals.items():
        name = name if name.startswith("20") else f"2017-{name}"
        write_export(landing / "grocer_till" / f"transactions_{name}.csv.gz", [HEADER, *rows])


@pytest.fixture(scope="module")
def shop(tmp_path_factory, new_home, write_export):
    """The shop after its four nights; after each it was compared with a rebuild."""
    base = tmp_path_factory.mktemp("shop")
    home = new_home(base / "home", base / "landing")
    for system in ("grocer_till", "grocer_catalogue"):
        (base / "landing" / system).mkdir(parents=True)
    home.differences = {}
    for number, night in enumerate(NIGHTS):
        for story in STORIES.values():
            land(base / "landing", write_export, story.arrivals.get(number, {}))
        if number in CATALOGUES:
            land_catalogue(base / "landing", write_export, night, CATALOGUES[number])
        home.steps(night, *LAYERS)
        if number in {1, 2, 3}:
            rebuilt = home.copy(base / f"rebuilt-{number}")
            rebuilt.settings.build_file.unlink()
            rebuilt.steps(night, *LAYERS)
            home.differences[night] = home.differing(home.built(), rebuilt.built())
    return home


@pytest.mark.parametrize("name", STORIES)
def test_story(shop, name):
    baskets = {basket for basket, _ in STORIES[name].expected} | {
        row[2]
        for arrivals in STORIES[name].arrivals.values()
        for rows in arrivals.values()
        for row in rows
    }
    lines = shop.ask_build(
        "select order_id, product_id, cast(net_amount as decimal(18, 2)), order_date"
        " from aggregated.fct_order_lines"
        " where list_contains(?, order_id)",
        list(baskets),
    )
    found = {(order, product): (f"{amount}", f"{day}") for order, product, amount, day in lines}
    assert len(found) == len(lines)
    assert found == STORIES[name].expected
    orders = shop.ask_build(
        "select order_id, order_date, line_count, net_amount from aggregated.fct_orders"
        " where list_contains(?, order_id)",
        list(baskets),
    )
    expected = {}
    for (basket, _), (price, day) in STORIES[name].expected.items():
        count, amount = expected.get((basket, day), (0, Decimal(0)))
        expected[basket, day] = (count + 1, amount + Decimal(price))
    assert {(order, f"{day}"): (count, amount) for order, day, count, amount in orders} == expected


def test_every_night_left_what_a_rebuild_gives(shop):
    assert shop.differences == {NIGHTS[1]: set(), NIGHTS[2]: set(), NIGHTS[3]: set()}


def test_a_new_catalogue_changes_everyones_favourites(shop):
    rows = shop.ask_build("select department, sum(line_count) from aggregated.identifier_tastes"
                          " group by all order by all")  # fmt: skip
    assert [department for department, _ in rows] == ["CAKE", "MILK"]
    counted = "select count(*) from aggregated.fct_order_lines where product_id in ('p1', 'p2')"
    assert shop.ask_build(counted) == [(sum(count for _, count in rows),)]


def test_a_fresh_start_with_all_the_files_gives_the_same(shop, new_home, tmp_path):
    fresh = new_home(tmp_path / "fresh", shop.settings.landing)
    fresh.steps(NIGHTS[-1], *LAYERS)
    schemas = ("identity", "aggregated")
    assert shop.differing(shop.built(*schemas), fresh.built(*schemas)) == set()


def test_the_gates_let_every_story_pass(shop, tmp_path):
    home = shop.copy(tmp_path / "home")
    home.steps(NIGHTS[-1], "gate_raw", "gate_cleaned", "gate_aggregated")


def test_a_basket_that_is_moved_in_part_stops_the_night(shop, tmp_path, write_export):
    """Its money would be on one day and the order on another."""
    landing = tmp_path / "landing"
    shutil.copytree(shop.settings.landing, landing)
    home = shop.copy(tmp_path / "home")
    home.environment["DANGOL_LANDING"] = str(landing)
    rows = [line("b02", "p1", "1.00", "2017-01-02"), line("b02", "p2", "1.00", "2017-01-03")]
    land(landing, write_export, {"01-02_r1": rows})
    home.steps("2017-01-24", *LAYERS[:-2])
    act = home.start("steps", day="2017-01-24", names=["gate_cleaned"])
    assert act.wait() == 1
    assert (
        "on tonight's days, all lines of an order share one day, one store and one person —"
        " failed: 1 unexpected rows" in act.log.read_text()
    )


def test_payloads_in_values_are_inert_through_every_layer(new_home, write_export, tmp_path):
    """SQL, Jinja, formulas and shell commands are values like any other, in every text column."""
    home = new_home(tmp_path / "home", tmp_path / "landing")
    (tmp_path / "landing" / "grocer_till").mkdir(parents=True)
    canary = tmp_path / "canary"
    payloads = [
        "'; drop table cleaned.int_order_lines_received; --", "{{ 1 / 0 }}", "{% raise %}",
        "{{ env_var('HOME') }}", f"$(touch {canary})", f"'||read_csv('{canary}')||'", "=1+1",
        f"copy (select 1) to '{canary}'", "\u202egnp.exe", "%s{0}", "?", "$1", ":name", "\\x27",
    ]  # fmt: skip
    day = NIGHTS[0]
    rows = [line(f"b{each}", f"p{each}", "1.00", day, household=f"h{each}") for each in payloads]
    land(
        tmp_path / "landing",
        write_export,
        {day: [[row[0], f"s{row[0]}", *row[2:]] for row in rows]},
    )
    home.steps(day, *LAYERS[:-1], "gate_cleaned", "gate_aggregated", "features", "train",
               "evaluate", "promote", "score", "customer_view")  # fmt: skip
    found = home.ask_build(
        "select order_id, product_id, store_id from aggregated.fct_order_lines"
        " inner join aggregated.fct_orders using (order_id)"
    )
    assert sorted(found) == sorted((f"b{each}", f"p{each}", f"sh{each}") for each in payloads)
    assert home.ask_build("select count(*) from customer_view.customers") == [(len(payloads),)]
    assert not canary.exists()
