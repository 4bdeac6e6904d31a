import re
from collections.abc import Callable
from datetime import date

import pytest

from dangol import records
from dangol.build.warehouse import open_build
from dangol.night import Night
from dangol.nightly.report import render_report, write_report
from dangol.publication.publish import publish
from dangol.publication.rollback import rollback
from dangol.publication.store import PublicationError, list_publications
from dangol.settings import Settings
from pages.places import page_of

REPORT = """\
Small Grocer: the night of 2017-12-31
=====================================

files of the night  loaded  nothing new  refused  rows  quarantined
till.lines               1            0        0     6            1

set aside tonight  reason        rows  amount
till.lines         a test order     1  2.5000

look-alike ids (see ops.look_alikes): 2 member, 3 product

layer          models   rows  seconds
cleaned             2  1,500      1.5
customer_view       1      3      0.3

gate     passed  skipped  warned  failed
raw           1        0       0       0
cleaned       0        0       1       0
  cleaned: most lines have a product (2 rows)

model  metric  tonight's  champion's  baseline's  decision

business                   tonight  the night before  change
revenue of the day           31.50             21.00   10.50
refunds of the day            0.00              0.00    0.00
orders of the day                3                 2       1
average order value          10.50             10.50    0.00
new customers                    0                 0       0
active customers, 30 days        3                 2       1
customers                        3                 2       1
revenue of all time          31.50             21.00   10.50

published   {home}/warehouse/dangol.duckdb
page        {home}/pages/2017-12-31.html
query       export DANGOL_HOME={home}
            dangol query "from customer_view.customers limit 5"
"""


@pytest.fixture
def two_nights(
    small_home: Settings, last_night: Night, tonight: Night, fill_build: Callable[..., None]
) -> Settings:
    """Nights with 2 and 3 customers, the latter with something to tell."""
    fill_build(last_night, 2)
    publish(small_home, last_night)
    fill_build(tonight, 3)
    with open_build(small_home) as build:
        build.execute(
            "insert into cleaned.row_states values (?, 'till', 'lines', 'order_lines', 'set_aside',"
            " 'a test order', 1, 2.5)",
            [tonight.business_date],
        )
        build.execute(
            "insert into identity.int_look_alikes values"
            " ('identifier', 'member', 'till', 'k1', 'k1', 2),"
            " ('identifier', 'member', 'shop', 'k1', 'k1', 2),"
            " ('identifier', 'member', 'shop', 'k2', 'k1', 2),"
            " ('product', null, 'till', '02368', '02368', 3),"
            " ('product', null, 'till', '2368', '02368', 3),"
            " ('product', null, 'till', '2368.0', '02368', 3)"
        )

    def model(layer: str, name: str, rows: int, seconds: float) -> dict[str, object]:
        return {"kind": "model", "layer": layer, "model": name, "row_count": rows,
                "seconds": seconds, "status": "success"}  # fmt: skip

    lines = [model("cleaned", "a", 1000, 1.0), model("cleaned", "b", 500, 0.5)]
    view = [model("customer_view", "customers", 3, 0.26)]
    records.record(small_home, "model_runs", tonight.business_date, "cleaned", lines)
    records.record(small_home, "model_runs", tonight.business_date, "customer_view", view)
    good = {"gate": "raw", "expectation": "one row", "severity": "critical", "status": "passed",
            "passed": True}  # fmt: skip
    bad = {"gate": "cleaned", "expectation": "most lines have a product", "severity": "warning",
           "status": "failed", "passed": False, "unexpected_count": 2}  # fmt: skip
    records.record(small_home, "gate_results", tonight.business_date, "raw", [good])
    records.record(small_home, "gate_results", tonight.business_date, "cleaned", [bad])
    publish(small_home, tonight)
    return small_home


def test_the_summary_of_a_night(two_nights: Settings, tonight: Night) -> None:
    report = render_report(two_nights, tonight)
    assert report == REPORT.format(home=two_nights.home)
    assert max(len(line) for line in report.splitlines() if "/" not in line) < 100


def test_each_model_has_a_line_and_the_reason_of_its_decision(
    small_home: Settings, tonight: Night, fill_build: Callable[..., None]
) -> None:
    fill_build(tonight, 3)
    run = {"run_id": "r", "model": "churn", "metric": "auc", "decision": "promoted",
           "challenger_value": 0.91, "champion_value": None, "baseline_value": 0.8667,
           "reason": "it is the first"}  # fmt: skip
    records.record(small_home, "ml.model_runs", tonight.business_date, "promote", [run])
    publish(small_home, tonight)
    report = render_report(small_home, tonight)
    table = report[report.index("model  ") : report.index("business  ")]
    assert table == (
        "model  metric  tonight's  champion's  baseline's  decision\n"
        "churn  auc        0.9100           -      0.8667  promoted\n"
        "  churn: it is the first\n\n"
    )


def test_it_is_written_and_logged_and_has_a_page(
    two_nights: Settings,
    tonight: Night,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level("INFO", logger="dangol.nightly.report"):
        assert write_report(two_nights, tonight) == {
            "report": "reports/2017-12-31.txt",
            "page": "pages/2017-12-31.html",
        }
    assert page_of(two_nights, tonight.business_date).is_file()
    written = (two_nights.home / "reports" / "2017-12-31.txt").read_text(encoding="utf-8")
    assert written == render_report(two_nights, tonight) == caplog.records[-1].message


def test_the_first_night_has_nothing_to_compare_with(
    two_nights: Settings, last_night: Night
) -> None:
    report = render_report(two_nights, last_night)
    assert report.startswith("Small Grocer: the night of 2017-12-30\n")
    (line,) = [line for line in report.splitlines() if line.startswith("customers ")]
    assert line.split() == ["customers", "2", "-", "-"]


def test_a_night_before_that_cannot_be_read_is_not_compared_with(
    two_nights: Settings, tonight: Night, caplog: pytest.LogCaptureFixture
) -> None:
    file = list_publications(two_nights)[0].file(two_nights)
    file.chmod(0o600)
    file.write_bytes(b"x" * 10_000)
    report = render_report(two_nights, tonight)
    (line,) = [line for line in report.splitlines() if line.startswith("customers ")]
    assert line.split() == ["customers", "3", "-", "-"]
    assert "2017-12-30-0001 is not compared with: WarehouseError" in caplog.text


def test_a_damaged_pin_is_told(two_nights: Settings, tonight: Night) -> None:
    (two_nights.warehouse / "pinned.json").write_text("{", encoding="utf-8")
    report = render_report(two_nights, tonight)
    assert re.search(r"^NOTE        \S+pinned\.json is damaged, ", report, re.MULTILINE)


def test_a_report_of_an_earlier_night_says_what_readers_get(
    two_nights: Settings, last_night: Night
) -> None:
    assert (
        "NOTE        readers get 2017-12-31-0002, of a later day"
        in render_report(two_nights, last_night).splitlines()
    )


def test_a_pin_is_shown(two_nights: Settings, tonight: Night) -> None:
    rollback(two_nights)
    assert (
        "PINNED      readers get 2017-12-30-0001 until `dangol resume`"
        in render_report(two_nights, tonight).splitlines()
    )


def test_a_night_without_files_says_so(two_nights: Settings) -> None:
    night = Night.of(date(2018, 1, 1), two_nights.company)
    with pytest.raises(
        PublicationError, match="the night of 2018-01-01 has not been published: run"
    ):
        render_report(two_nights, night)
    publish(two_nights, night)
    assert "Files: none arrived" in render_report(two_nights, night).splitlines()
