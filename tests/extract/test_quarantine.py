"""From a bad row to its correction, by hand."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dangol.extract.quarantine import ResubmitError, export_rows, quarantined_rows, resubmit
from dangol.ledger import DamagedFileError
from dangol.precedence import superseded_loads

if TYPE_CHECKING:
    from tests.extract.conftest import Shop

FILE = "orders_2017-01-05.csv"


@pytest.fixture
def corrected(tmp_path: Path) -> Path:
    return tmp_path / "corrected.csv"


def test_corrected_rows_join_their_day(shop: Shop, corrected: Path) -> None:
    """The columns stand in the file's own order, which the contract does not know."""
    shop.land(
        f"{FILE}.gz",
        "amount,channel,order_id,customer,quantity\n"
        '1.00,web,a,"Kim, ""M""",1\n2.00,app,b,"Lee\nSun",two\n3.00,web,c,Park,three\n',
    )
    shop.extract(night="2017-01-06")
    load = shop.last()
    assert export_rows(shop.settings, load.load_id, corrected) == 2
    assert corrected.read_text() == (
        'amount,channel,order_id,customer,quantity\n2.00,app,b,"Lee\nSun",two\n3.00,web,c,Park,three\n'
    )

    corrected.write_text(corrected.read_text().replace("two", "2").replace("three", "drei"))
    landed = resubmit(shop.settings, load.load_id, corrected)
    assert landed == f"{shop.settings.landing}/shop/orders_2017-01-05_s1.csv"
    Path(landed).touch()
    import os

    os.utime(landed, (1, 1))
    shop.extract(night="2017-01-07")

    assert shop.rows(columns="order_id, customer, quantity, amount, _extra, _file") == [
        ("a", 'Kim, "M"', 1, Decimal("1.00"), '{"channel":"web"}', f"{FILE}.gz"),
        ("b", "Lee\nSun", 2, Decimal("2.00"), '{"channel":"app"}', "orders_2017-01-05_s1.csv"),
    ]
    supplement = shop.last()
    assert (supplement.file_date, supplement.revision, supplement.supplement) == (
        "2017-01-05",
        0,
        1,
    )
    assert (supplement.rows_read, supplement.rows_quarantined) == (2, 1)
    assert superseded_loads(shop.loads()) == {}

    # what is still wrong can be corrected again, from either of the two
    assert export_rows(shop.settings, supplement.load_id, corrected) == 1
    corrected.write_text(corrected.read_text().replace("drei", "3"))
    assert resubmit(shop.settings, supplement.load_id, corrected).endswith("_s2.csv")


def test_a_supplement_s_name_is_never_used_twice(shop: Shop, corrected: Path) -> None:
    shop.land_orders(FILE, "a,,x,1")
    shop.extract()
    corrected.write_text(f"{shop.header}\na,,1,1,,,,\n")
    for number in (1, 2, 3):
        landed = Path(resubmit(shop.settings, "shop.orders.000001", corrected))
        assert landed.name == f"orders_2017-01-05_s{number}.csv"
        shop.extract()
        landed.unlink()  # some archive what has been read


def test_rows_of_a_rejected_file_can_be_corrected_too(shop: Shop, corrected: Path) -> None:
    shop.land("orders_2017-01-05_r1.csv", "order_id,amount\na,1.00\n")
    shop.extract()
    export_rows(shop.settings, "shop.orders.000001", corrected)
    assert corrected.read_text() == "order_id,amount\na,1.00\n"
    corrected.write_text("order_id,amount,quantity\na,1.00,1\n")
    landed = Path(resubmit(shop.settings, "shop.orders.000001", corrected))
    shop.extract()
    assert landed.name == "orders_2017-01-05_r1_s1.csv"
    assert (shop.last().status, shop.last().revision) == ("loaded", 1)


def test_the_quarantine_lists_every_row_or_those_of_one_load(shop: Shop) -> None:
    shop.land_orders("orders_2017-01-04.csv", "a,,x,1", "b,,1,y")
    shop.land_orders(FILE, "c,,z,1")
    shop.extract()
    first, second, third = quarantined_rows(shop.settings)
    assert first == {
        "load_id": "shop.orders.000001",
        "file": "orders_2017-01-04.csv",
        "line": 2,
        "column_name": "quantity",
        "reason": "quantity does not fit its type BIGINT",
        "original_text": "a,,x,1,,,,",
    }
    assert (second["line"], second["column_name"]) == (3, "amount")
    assert quarantined_rows(shop.settings, "shop.orders.000002") == [third]
    assert quarantined_rows(shop.settings, "shop.orders.000009") == []


def test_damaged_quarantine_is_noticed(shop: Shop) -> None:
    shop.land_orders(FILE, "a,,x,1")
    shop.extract()
    (file,) = shop.settings.quarantine.rglob("*.parquet")
    raw = bytearray(file.read_bytes())
    raw[len(raw) // 2] ^= 1
    file.write_bytes(raw)
    with pytest.raises(DamagedFileError, match="is damaged: its SHA-256 differs"):
        quarantined_rows(shop.settings)
    file.unlink()
    with pytest.raises(DamagedFileError, match="is missing"):
        quarantined_rows(shop.settings)


def test_what_can_t_be_resubmitted_says_why(shop: Shop, corrected: Path) -> None:
    corrected.write_text("code\nx\n")
    with pytest.raises(ResubmitError, match=r"the ledger has no load shop\.codes.000001"):
        resubmit(shop.settings, "shop.codes.000001", corrected)
    shop.land_orders(FILE, "a,,1,1")
    shop.extract()
    with pytest.raises(ResubmitError, match=r"shop\.orders\.000001 has no quarantined rows"):
        export_rows(shop.settings, "shop.orders.000001", corrected)


def test_a_contract_without_supplements_says_so(
    shop: Shop, corrected: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import re
    from dataclasses import replace

    import dangol.extract.quarantine as module

    shop.land_orders(FILE, "a,,x,1")
    shop.extract()
    stream = module.find_stream(shop.settings, "shop", "orders")
    rigid = replace(stream, file_pattern=re.compile(r"orders_(?P<date>[\d-]+)\.csv"))
    monkeypatch.setattr(module, "find_stream", lambda settings, system, name: rigid)
    corrected.write_text("")
    with pytest.raises(ResubmitError, match=r"accepts no file named orders_2017-01-05_s1\.csv"):
        resubmit(shop.settings, "shop.orders.000001", corrected)
