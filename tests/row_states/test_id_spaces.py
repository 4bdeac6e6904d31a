"""Two systems whose ids mean the same, or not: orders, products and refunds that join."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml

from dangol.night import Night
from dangol.nightly.steps import step_named
from tests.row_states.conftest import Shop

TONIGHT = "2017-01-02"

PRODUCTS = """
select
    '{system}' as source_system,
    sku as product_id,
    sku || ' of {system}' as product_name,{space}
    _load_id,
    _row
from {{{{ source('{system}', '{system}') }}}}
"""
MARKET = "\n    'marketplace' as product_id_space,"
REFUNDS = """
select
    'desk' as source_system,
    sku as refund_id,
    sku as order_id,
    'shop' as order_source_system,
    '1' as order_line_id,
    'p1' as product_id,
    'market' as store_id,
    'marketplace' as store_id_space,
    cast(1 as decimal(18, 4)) as refund_amount,
    cast('2017-01-02' as date) as refund_date,
    _load_id,
    _row
from {{ source('desk', 'desk') }}
"""


def another_system(shop: Shop, name: str, entity: str, staging: str, *ids: str) -> None:
    """Write a system whose files have a column of ids, and land one."""
    delivered = "describes" if entity == "products" else "receivedIn"
    folder = shop.settings.company_folder / "systems" / name
    folder.mkdir(parents=True)
    properties = {"filePattern": rf"{name}_{{date}}\.csv", delivered: [entity]}
    properties["delivery"] = "full_snapshot" if entity == "products" else "partition"
    contract = {
        "apiVersion": "v3.1.0", "kind": "DataContract", "id": name, "version": "1.0.0",
        "status": "active",
        "schema": [{
            "name": name,
            "customProperties": [
                {"property": key, "value": value} for key, value in properties.items()
            ],
            "properties": [{"name": "sku", "primaryKey": True, "required": True}],
        }],
    }  # fmt: skip
    (folder / "contract.yml").write_text(yaml.safe_dump(contract))
    (folder / f"stg_{name}__{entity}.sql").write_text(staging)
    file = Path(shop.settings.landing) / name / f"{name}_{TONIGHT}.csv"
    file.parent.mkdir(parents=True)
    file.write_text("\n".join(["sku", *ids, ""]))


@pytest.fixture
def company(shop: Shop) -> Shop:
    """A shop; two catalogues that describe its products; a marketplace's; and a desk of refunds."""
    shop.contract()
    for name in ("catalogue", "website"):
        another_system(
            shop, name, "products", PRODUCTS.format(system=name, space=""), "p1", f"only_{name}"
        )
    another_system(shop, "market", "products", PRODUCTS.format(system="market", space=MARKET), "p1")
    another_system(shop, "desk", "refunds", REFUNDS, "a")
    shop.land(f"sales_{TONIGHT}.csv", "a,1,p1,1,5.00", "b,1,only_website,1,7.00")
    assert shop.night(TONIGHT) == {}
    night = Night.of(date.fromisoformat(TONIGHT), shop.settings.company)
    step_named("aggregated").run(shop.settings, night)
    return shop


def test_lines_join_the_products_of_their_id_space_and_are_not_doubled(company: Shop) -> None:
    assert company.ask(
        "select order_id, product_name, products.source_system"
        " from aggregated.fct_order_lines join aggregated.dim_products as products"
        " using (product_id_space, product_id) order by all"
    ) == [("a", "p1 of catalogue", "catalogue"), ("b", "only_website of website", "website")]


def test_the_same_number_in_another_space_is_another_product(company: Shop) -> None:
    assert company.ask(
        "select product_id_space, product_id, source_system"
        " from aggregated.dim_products order by all"
    ) == [
        ("company", "only_catalogue", "catalogue"),
        ("company", "only_website", "website"),
        ("company", "p1", "catalogue"),
        ("marketplace", "p1", "market"),
    ]


def test_a_refund_of_another_system_finds_its_order_and_line(company: Shop) -> None:
    assert company.ask(
        "select refunds.source_system, orders.source_system, orders.order_id, product_name,"
        " cast(lines.net_amount as integer), refunds.store_id_space"
        " from aggregated.fct_refunds as refunds"
        " join aggregated.fct_orders as orders on orders.order_id = refunds.order_id"
        " and orders.source_system = refunds.order_source_system"
        " join aggregated.fct_order_lines as lines on lines.order_id = refunds.order_id"
        " and lines.source_system = refunds.order_source_system"
        " and lines.order_line_id = refunds.order_line_id"
        " join aggregated.dim_products as products"
        " on products.product_id_space = refunds.product_id_space"
        " and products.product_id = refunds.product_id"
    ) == [("desk", "shop", "a", "p1 of catalogue", 5, "marketplace")]
