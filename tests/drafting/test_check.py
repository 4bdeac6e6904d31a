"""`dangol source check`: what a night would do with files, without touching the home."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from dangol.build.warehouse import open_build
from dangol.cli import main
from dangol.contracts.reading import contract_problems
from dangol.night import Night
from dangol.nightly.steps import run_night
from dangol.settings import Settings, get_settings

ORDERS = """Order No,Line,SKU,Item,Qty,Unit price,Member No,E-mail,Status,Ordered at
A-1,1,p1,Tea,2,1500.5,m1,minji.kim@example.com,paid,2026-11-29 23:30
A-1,2,p2,Cup,1,9000,m1,minji.kim@example.com,paid,2026-11-29 23:30
A-2,1,p1,Tea,1,1500.5,,,paid,2026-11-29 10:00
A-3,1,p2,Cup,1,9000,m2,seojun.park@example.com,test,2026-11-29 11:00
C-1,1,p2,Cup,-1,9000,m1,minji.kim@example.com,paid,2026-11-29 12:00
"""
TILL = """household_id,store_id,basket_id,product_id,quantity,sales_value,retail_disc,coupon_disc,\
coupon_match_disc,week,transaction_timestamp
900001,s1,b1,p1,1,1.50,0.50,0.00,0.00,1,2017-01-05T10:00:00Z
900002,s1,b2,p1,x,1.50,0.50,0.00,0.00,1,2017-01-05T11:00:00Z
900003,s1,b3,p1,2,3.00,1.00,0.00,0.00,1,2017-01-05T11:30:00Z
"""


@pytest.fixture
def shop(company: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """The company as the one that commands find in the environment."""
    monkeypatch.setenv("DANGOL_HOME", str(company.home))
    monkeypatch.setenv("DANGOL_THREADS", "1")
    get_settings.cache_clear()
    yield company
    get_settings.cache_clear()


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    file = tmp_path / "orders_2026-11-29.csv"
    file.write_text(ORDERS, encoding="utf-8")
    return file


def tree(folder: Path) -> list[str]:
    return sorted(str(each) for each in folder.rglob("*"))


@pytest.mark.end_to_end
def test_an_order_number_that_two_stores_share_would_stop_the_night(shop, tmp_path, capsys):
    for store in ("seoul", "busan"):
        file = tmp_path / f"orders_{store}_2026-11-29.csv"
        line = f"A-1,p1,2,10,{store},2026-11-29 10:00\n"
        file.write_text(f"Order No,SKU,Qty,Price,Member No,Ordered at\n{line}{line}")
    files = [str(file) for file in sorted(tmp_path.glob("orders_*.csv"))]
    assert main(["source", "draft", "shop", *files]) == 0
    capsys.readouterr()
    assert main(["source", "check", "shop", *files]) == 1
    told = capsys.readouterr().out
    assert (
        "problem: cleaned gate: not true: on tonight's days, all lines of an order share one day,"
        " one store and one person (1 unexpected rows)"
    ) in told
    assert "a night would accept" not in told


@pytest.mark.end_to_end
def test_from_a_file_to_the_published_tables(shop, sample, capsys):
    assert main(["source", "draft", "shop", str(sample)]) == 0
    told = capsys.readouterr().out
    assert f"next: dangol source check shop {sample}" in told
    before = tree(shop.home)

    assert main(["source", "check", "shop", str(sample)]) == 0
    told = capsys.readouterr().out
    assert "orders_2026-11-29.csv  loaded     5       5            0" in told
    assert "rebuild: the home has no build yet: the first night builds every table" in told
    assert "customer_view.customers" in told
    assert told.endswith("a night would accept these files\n")
    assert main(["source", "check", "shop"]) == 0  # its made-up test
    assert tree(shop.home) == before

    folder = shop.company_folder / "systems" / "shop"
    contract = folder / "orders.contract.yml"
    text = contract.read_text(encoding="utf-8")
    contract.write_text(text.replace("status: draft", "status: active"), encoding="utf-8")
    model = folder / "stg_shop__order_lines.sql"
    text = model.read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if "received.status in (…)" in line)
    text = text.replace(f"{line}\n", "").replace(
        "cast(null as string) as set_aside_reason",
        "case when received.status = 'test' then 'test' end as set_aside_reason",
    )
    model.write_text(text, encoding="utf-8")
    assert contract_problems(shop) == {}
    assert main(["source", "check", "shop", str(sample)]) == 0
    told = capsys.readouterr().out
    assert "order_lines: 1 set aside: test" in told
    assert told.endswith("accept these files, and set rows aside (1 of order_lines: test)\n")

    landed = shop.home / "landing" / "shop" / sample.name
    landed.parent.mkdir(parents=True)
    landed.write_bytes(sample.read_bytes())
    run_night(shop, Night.of(date(2026, 11, 29), shop.company))
    with open_build(shop, read_only=True) as build:
        assert build.execute(
            "select order_count, anonymous_order_count, gross_revenue, refund_amount"
            " from aggregated.kpi_days"
        ).fetchall() == [(2, 1, 13501.5, 9000)]
        assert build.execute("select reason, row_count, amount from ops.set_aside").fetchall() == [
            ("test", 1, 9000)
        ]
    main(["source", "check", "shop", str(sample)])
    assert "rebuild: nothing has changed since the last build, of 2026-11-29" in (
        capsys.readouterr().out
    )
    model.write_text(text.replace("as unit_quantity", "+ 0 as unit_quantity"), encoding="utf-8")
    main(["source", "check", "shop", str(sample)])
    told = capsys.readouterr().out
    assert "since the last build, of 2026-11-29: stg_shop__order_lines.sql has changed" in told
    assert "aggregated.fct_orders" in told


def test_dangol_s_own_systems_are_checked_too(shop, tmp_path, capsys):
    file = tmp_path / "transactions_2017-01-05.csv"
    file.write_text(TILL)
    other = tmp_path / "other.csv"
    other.write_text(TILL)
    assert main(["source", "check", "grocer_till", str(file), str(other)]) == 1
    told = capsys.readouterr().out
    assert "transactions_2017-01-05.csv  loaded     3       2            1" in told
    assert (
        "  transactions_2017-01-05.csv: 1 row, quantity does not fit its type BIGINT (line 3)"
        in told
    )
    assert "order_lines     2        2" in told
    assert "problem: other.csv: its name matches the filePattern of no stream" in told
    assert "90000" not in told


@pytest.mark.end_to_end
def test_a_list_without_changes_is_no_problem(shop, tmp_path, capsys):
    files = [tmp_path / f"members_2026-11-{day}.csv" for day in (28, 29)]
    for file in files:
        file.write_text("Member No,E-mail,Joined\nm1,a@example.com,2026-01-05\n")
    names = list(map(str, files))
    assert main(["source", "draft", "shop", "--entity", "contact_records", *names]) == 0
    assert main(["source", "check", "shop", *names]) == 0
    told = capsys.readouterr().out
    assert "members_2026-11-29.csv  duplicate" in told
    assert "problem:" not in told


@pytest.mark.end_to_end
@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("received.qty as quantity", "received.qti as quantity", "qti"),
        ("as quantity", "as quantitty", "has the column quantitty, which order_lines does not"),
        ("not coalesce(", "coalesce(", "rows were loaded and 2 arrive in the entities"),
    ],
)
def test_a_mistake_in_a_staging_model_is_told(shop, sample, capsys, before, after, problem):
    main(["source", "draft", "shop", str(sample)])
    model = shop.company_folder / "systems" / "shop" / "stg_shop__order_lines.sql"
    text = model.read_text(encoding="utf-8")
    assert before in text
    model.write_text(text.replace(before, after), encoding="utf-8")
    capsys.readouterr()
    assert main(["source", "check", "shop", str(sample)]) == 1
    told = capsys.readouterr().out
    assert problem in told
    assert "example.com" not in told


@pytest.mark.end_to_end
def test_files_of_which_no_row_counts_are_not_called_accepted(shop, sample, capsys):
    sample.write_text(ORDERS.rpartition("C-1")[0])
    main(["source", "draft", "shop", str(sample)])
    model = shop.company_folder / "systems" / "shop" / "stg_shop__order_lines.sql"
    text = model.read_text(encoding="utf-8")
    aside = "cast(null as string) as set_aside_reason"
    assert aside in text
    model.write_text(text.replace(aside, "'a test' as set_aside_reason"), encoding="utf-8")
    capsys.readouterr()
    assert main(["source", "check", "shop", str(sample)]) == 0
    told = capsys.readouterr().out
    assert told.endswith(
        "a night would not stop, but no row would count: all are set aside (4 of order_lines: a"
        " test)\n"
    )
    assert "would accept" not in told


@pytest.mark.end_to_end
def test_a_made_up_test_that_gives_other_rows_names_no_value(shop, sample, capsys):
    main(["source", "draft", "shop", str(sample)])
    expected = shop.company_folder / "systems" / "shop" / "tests" / "expected" / "order_lines.csv"
    text = expected.read_text(encoding="utf-8")
    expected.write_text(text.replace("M-1", "minji.kim@example.com"), encoding="utf-8")
    capsys.readouterr()
    assert main(["source", "check", "shop"]) == 1
    told = capsys.readouterr().out
    assert "other values in row 1: identifier_value; row 2: identifier_value" in told
    assert "minji" not in told


def test_commands_say_what_is_missing(shop, tmp_path, monkeypatch, capsys):
    assert main(["source", "check", "nowhere", str(tmp_path / "x.csv")]) == 1
    assert "there is no system nowhere" in capsys.readouterr().err
    assert main(["source", "check", "grocer_till"]) == 1
    assert "has no made-up files to check: name files of the system" in capsys.readouterr().err
    assert main(["source", "check", "grocer_till", str(tmp_path / "x.csv")]) == 1
    assert "x.csv is not a file" in capsys.readouterr().err
    monkeypatch.setenv("DANGOL_HOME", str(tmp_path / "elsewhere"))
    get_settings.cache_clear()
    assert main(["source", "draft", "shop", str(tmp_path / "x.csv")]) == 1
    assert "`dangol init --name … --timezone … --currency …` writes it" in capsys.readouterr().err
