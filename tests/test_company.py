"""A company's own folder, as `dangol init` writes it: its example is a system that works."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from dangol.build.warehouse import open_build
from dangol.company import describe_company
from dangol.contracts.reading import contract_problems, load_contracts
from dangol.night import Night
from dangol.nightly.report import render_report
from dangol.nightly.steps import run_night
from dangol.settings import Settings, SettingsError

ORDERS = """Order No,Line,SKU,Item,Qty,단가(원),Member No,Status,Ordered at
A-1,1,p1,Tea,2,1500.5,m1,paid,2026-11-29 23:30
A-1,2,p2,Cup,1,9000,m1,paid,2026-11-29 23:30
A-2,1,p1,Tea,1,1500.5,-,paid,2026-11-29 10:00
A-3,1,p2,Cup,1,9000,m2,cancelled,2026-11-29 11:00
A-4,1,p2,Cup,1001,0,m2,paid,2026-11-29 12:00
"""


def settings_of(home: Path) -> Settings:
    return Settings.from_environment({"DANGOL_HOME": str(home), "DANGOL_THREADS": "1"})


def test_a_company_is_described_once(tmp_path: Path) -> None:
    written = describe_company(settings_of(tmp_path), "가게 & Co", "Asia/Seoul", "KRW")
    assert [str(file.relative_to(tmp_path / "company")) for file in written] == [
        "company.toml",
        "README.md",
        "expectations/cleaned/example_orders_are_small.sql",
        "systems/example/contract.yml",
        "systems/example/stg_example__order_lines.sql",
        "systems/example/stg_example__products.sql",
    ]
    settings = settings_of(tmp_path)
    assert settings.company.name == "가게 & Co"
    assert load_contracts(settings) == {}  # the example is a draft
    assert contract_problems(settings) == {}
    with pytest.raises(SettingsError, match=r"company\.toml exists already: edit it instead"):
        describe_company(settings, "Other", "Asia/Seoul", "KRW")


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        (("Shop", "Seoul", "KRW"), "the time zone is 'Seoul'; use a name such as Asia/Seoul"),
        (("Shop", "Asia/Seoul", "won"), "a currency such as KRW"),
        (("", "Asia/Seoul", "KRW"), "it needs a name"),
    ],
)
def test_facts_that_can_t_be_used_leave_no_file(
    tmp_path: Path, facts: tuple[str, str, str], message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        describe_company(settings_of(tmp_path), *facts)
    assert not (tmp_path / "company" / "company.toml").exists()


def test_the_example_is_a_system_that_works(tmp_path: Path) -> None:
    describe_company(settings_of(tmp_path), "Shop", "Asia/Seoul", "KRW")
    contract = tmp_path / "company" / "systems" / "example" / "contract.yml"
    text = contract.read_text(encoding="utf-8")
    contract.write_text(text.replace("status: draft", "status: active"), encoding="utf-8")
    landing = tmp_path / "landing" / "example" / "orders_2026-11-29.csv"
    landing.parent.mkdir(parents=True)
    landing.write_text(ORDERS, encoding="utf-8")
    settings = settings_of(tmp_path)
    run_night(settings, Night.of(date(2026, 11, 29), settings.company))
    report = render_report(settings, Night.of(date(2026, 11, 29), settings.company))
    assert (
        "  cleaned: no line of the example's orders has more than a thousand units (1 rows)"
        in report
    )
    with open_build(settings, read_only=True) as build:
        assert build.execute(
            "select order_count, anonymous_order_count, gross_revenue, anonymous_revenue"
            " from aggregated.kpi_days"
        ).fetchall() == [(3, 1, 13501.5, 1500.5)]
        assert build.execute("select reason, row_count, amount from ops.set_aside").fetchall() == [
            ("cancelled", 1, 9000)
        ]
        assert build.execute("select product_name from aggregated.dim_products").fetchall() == [
            ("Tea",), ("Cup",),
        ]  # fmt: skip
