"""Sales that come again as returned: their file is read as two streams."""

from copy import deepcopy

import pytest
import yaml

from tests.row_states.conftest import Shop

REFUNDS = """
select
    'shop' as source_system,
    order_no || '/' || line as refund_id,
    order_no as order_id,
    line as order_line_id,
    amount as refund_amount,
    day as refund_date,
    case when status <> 'returned' then 'not returned' end as set_aside_reason,
    _load_id,
    _row
from {{ source('shop', 'returns') }}
"""


@pytest.fixture
def both(shop: Shop) -> Shop:
    """The shop with a stream of its returns, too."""
    shop.contract(laterDeliveries="revise")
    file = shop.folder / "contract.yml"
    contract = yaml.safe_load(file.read_text())
    returns = deepcopy(contract["schema"][0]) | {"name": "returns"}
    given = {each["property"]: each for each in returns["customProperties"]}
    given["receivedIn"]["value"] = ["refunds"]
    given["controlTotal"]["value"] = "0 - amount"
    contract["schema"].append(returns)
    file.write_text(yaml.safe_dump(contract))
    (shop.folder / "stg_shop__refunds.sql").write_text(REFUNDS)
    return shop


def test_a_sale_that_comes_again_as_returned_is_a_sale_and_a_refund(both: Shop) -> None:
    shop = both
    shop.land("sales_2017-01-02.csv", "a,1,p1,1,5.00", "b,1,p1,1,7.00")
    assert shop.night("2017-01-02") == {}
    assert shop.ask("select count(*) from cleaned.refunds") == [(0,)]
    shop.land("sales_2017-01-03.csv", "a,1,p1,1,5.00,m1,returned,2017-01-02")
    assert shop.night("2017-01-03") == {}
    assert shop.current() == [("a", "1", "5.00"), ("b", "1", "7.00")]
    assert shop.ask("select order_id, cast(refund_amount as double) from cleaned.refunds") == [
        ("a", 5.0)
    ]


ASIDE = "few rows of tonight's files were set aside"


def test_sales_that_come_again_every_night_are_usual_among_returns(
    both: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    """Of all files but the last, the rows that were set aside are superseded."""
    sales = [f"o{number},1,p1,1,5.00,m1,paid,2017-01-02" for number in range(12)]
    for day in range(2, 10):
        both.land(f"sales_2017-01-0{day}.csv", *sales, f"new{day},1")
    assert both.night("2017-01-09") == {}
    caplog.clear()
    both.land("sales_2017-01-10.csv", *sales, "new,1")
    assert both.night("2017-01-10") == {}
    assert ASIDE not in caplog.text
    # all are new to a rebuild, which knows nothing as usual, and tells of the last night's alone
    assert both.rebuilt("2017-01-10") == {}
    (told,) = [each for each in caplog.messages if ASIDE in each]
    assert "file=sales_2017-01-10.csv" in told
    assert "file=sales_2017-01-09.csv" not in told
