"""Files of two versions of a contract side by side: a column renamed, one added, one dropped."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from dangol import ledger
from dangol.errors import DangolError
from tests.row_states.conftest import Shop

FIRST: list[dict[str, Any]] = [
    {"name": "order_no", "physicalName": "Order No", "primaryKey": True},
    {"name": "amount", "physicalName": "Betrag", "physicalType": "DECIMAL(18,2)",
     "required": True},
    {"name": "cashier"},
    {"name": "day", "physicalType": "DATE", "required": True},
]  # fmt: skip
SECOND: list[dict[str, Any]] = [
    FIRST[0],
    # renamed in the file and in the lake, and with two more decimals
    {"name": "paid_amount", "physicalName": "Amount paid", "physicalType": "DECIMAL(18,4)",
     "required": True,
     "customProperties": [{"property": "formerNames", "value": ["amount", "Betrag"]}]},
    {"name": "member", "physicalName": "Member No"},
    FIRST[3],
]  # fmt: skip
STAGING = """
select
    'shop' as source_system,
    order_no as order_id,
    '1' as order_line_id,
    {member}
    {amount} as gross_amount,
    {amount} as net_amount,
    1 as quantity,
    cast(day as timestamp) as ordered_at,
    day as order_date,
    _load_id,
    _row
from {{{{ source('shop', 'sales') }}}}
"""
FIRST_STAGING = STAGING.format(amount="amount", member="")
SECOND_STAGING = STAGING.format(
    amount="paid_amount",
    member="'member' as identifier_type, member as identifier_value,",
)


class Versions:
    """A shop whose contract changes."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    def first(self) -> None:
        self._declare("1.0.0", FIRST, "amount", FIRST_STAGING)

    def second(self) -> None:
        self._declare("2.0.0", SECOND, "paid_amount", SECOND_STAGING)

    def _declare(
        self, version: str, columns: list[dict[str, Any]], total: str, staging: str
    ) -> None:
        given = {
            "filePattern": r"sales_{date}\.csv", "delivery": "partition",
            "laterDeliveries": "revise", "controlTotal": total, "receivedIn": ["order_lines"],
        }  # fmt: skip
        custom = [{"property": name, "value": value} for name, value in given.items()]
        document = {
            "apiVersion": "v3.1.0", "kind": "DataContract", "id": "shop", "version": version,
            "status": "active",
            "schema": [{"name": "sales", "customProperties": custom, "properties": columns}],
        }  # fmt: skip
        self.shop._write("contract.yml", yaml.safe_dump(document))
        self.shop._write("stg_shop__order_lines.sql", staging)

    def land(self, name: str, header: str, *rows: str) -> None:
        file = Path(self.shop.settings.landing) / "shop" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
        os.utime(file, (time.time() - 3600,) * 2)

    def lines(self) -> list[tuple[Any, ...]]:
        return self.shop.ask(
            "select order_id, cast(net_amount as varchar), identifier_value"
            " from cleaned.order_lines order by all"
        )


@pytest.fixture
def versions(shop: Shop) -> Versions:
    """A night with files of the first version has passed."""
    made = Versions(shop)
    made.first()
    made.land("sales_2017-01-02.csv", "Order No,Betrag,cashier,day",
              "a,1.10,Kim,2017-01-02", "b,2.20,Lee,2017-01-02")  # fmt: skip
    assert shop.night("2017-01-02") == {}
    made.second()
    return made


def test_files_of_both_versions_are_read_side_by_side(versions: Versions) -> None:
    shop = versions.shop
    versions.land("sales_2017-01-03.csv", "Member No,Amount paid,Order No,day",
                  "m1,3.3001,c,2017-01-03", "m2,4.40,b,2017-01-02")  # fmt: skip
    assert shop.night("2017-01-03") == {}
    expected = [("a", "1.1000", None), ("b", "4.4000", "m2"), ("c", "3.3001", "m1")]
    assert versions.lines() == expected
    loads = ledger.read_ledger(shop.settings)
    assert [(each.contract_version, each.rows_loaded) for each in loads] == [
        ("1.0.0", 2), ("2.0.0", 2),
    ]  # fmt: skip
    # two more nights on the same build, then everything from the lake
    versions.land("sales_2017-01-04.csv", "Order No,Amount paid,Member No,day",
                  "d,5.50,m3,2017-01-04")  # fmt: skip
    assert shop.night("2017-01-04") == {}
    night_by_night = shop.tables()
    assert versions.lines() == [*expected, ("d", "5.5000", "m3")]
    assert shop.rebuilt("2017-01-04") == {}
    assert shop.tables() == night_by_night


@pytest.mark.parametrize("sql_type", ["BIGINT", "DATE", "DECIMAL(18,2)"])
def test_a_type_that_earlier_values_do_not_fit_is_named_with_a_file_and_no_value(
    versions: Versions, sql_type: str
) -> None:
    column = {"name": "cashier", "physicalType": sql_type}
    versions._declare("3.0.0", [*SECOND, column], "paid_amount", SECOND_STAGING)
    with pytest.raises(DangolError) as caught:
        versions.shop.rebuilt("2017-01-03")
    assert str(caught.value) == (
        "shop.sales: values of the column cashier from files of an earlier contract, such as of "
        "sales_2017-01-02.csv, do not fit the type that the contract gives now. Restore the type, "
        "or give the new column another name, and let the staging model bring both together"
    )


def test_a_late_file_in_the_old_form_is_read_by_the_new_contract(versions: Versions) -> None:
    shop = versions.shop
    assert shop.night("2017-01-03") == {}
    versions.land("sales_2017-01-01.csv", "Order No,Betrag,cashier,day", "z,9.90,Kim,2017-01-01")
    assert shop.night("2017-01-04") == {}
    assert versions.lines() == [
        ("a", "1.1000", None), ("b", "2.2000", None), ("z", "9.9000", None),
    ]  # fmt: skip
    # what the contract does not name any more is kept beside
    files = [str(file) for file in shop.settings.raw.rglob("*.parquet")]
    assert shop.ask(f"select _extra from read_parquet({files}) where order_no = 'z'") == [
        ('{"cashier":"Kim"}',)
    ]
    night_by_night = shop.tables()
    assert shop.rebuilt("2017-01-04") == {}
    assert shop.tables() == night_by_night


def test_a_corrected_file_of_the_old_version_comes_in_the_new_one(versions: Versions) -> None:
    shop = versions.shop
    versions.land("sales_2017-01-02_r1.csv", "Order No,Amount paid,Member No,day",
                  "a,1.15,m1,2017-01-02")  # fmt: skip
    assert shop.night("2017-01-03") == {}
    assert versions.lines() == [("a", "1.1500", "m1")]
    night_by_night = shop.tables()
    assert shop.rebuilt("2017-01-03") == {}
    assert shop.tables() == night_by_night


def test_without_its_former_name_the_old_values_are_missed(versions: Versions) -> None:
    """The gate says so: the rows no longer sum to the total that was taken from the file."""
    shop = versions.shop
    bare = [{k: v for k, v in each.items() if k != "customProperties"} for each in SECOND]
    versions._declare("2.0.0", bare, "paid_amount", SECOND_STAGING)
    failed = shop.night("2017-01-03")
    assert "the rows of every file sum to its control total" in failed


def test_a_contract_that_breaks_stops_the_night_instead_of_losing_its_system(
    versions: Versions,
) -> None:
    shop = versions.shop
    text = (shop.folder / "contract.yml").read_text().replace("formerNames", "formerName")
    (shop.folder / "contract.yml").write_text(text)
    failed = shop.night("2017-01-03")
    assert "every loaded file belongs to a stream with a contract" in failed
