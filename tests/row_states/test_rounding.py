"""Amounts with more decimals than are kept."""

import pytest

from tests.row_states.conftest import PROPERTIES, STAGING, Shop


@pytest.mark.parametrize("sql_type", ["decimal(18, 6)", "double"])
def test_an_amount_that_is_rounded_is_told_with_its_file(
    shop: Shop,
    sql_type: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(PROPERTIES, "controlTotal")
    shop.contract()
    exact = STAGING.format(line="line", reason="cast(null as string)")
    written = exact.replace("amount as net", f"cast(amount as {sql_type}) / 3 as net")
    (shop.folder / "stg_shop__order_lines.sql").write_text(written)
    shop.land("sales_2017-01-02.csv", "a,1,p1,1,3.00", "b,1,p1,1,5.00", "c,1,p1,1,7.00")
    assert shop.night("2017-01-02") == {}
    told = [each for each in caplog.messages if "no amount of tonight's files is rounded" in each]
    assert "file=sales_2017-01-02.csv" in told[0]
    assert "problem=net_amount of stg_shop__order_lines, row_count=2" in told[0]
    assert "rounded_amount=0.0000666" in told[0]


def test_the_noise_of_a_floating_point_number_is_not_told(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    shop.contract()
    exact = STAGING.format(line="line", reason="cast(null as string)")
    written = exact.replace("amount as net", "cast(amount as double) * 1.1 / 1.1 as net")
    (shop.folder / "stg_shop__order_lines.sql").write_text(written)
    shop.land("sales_2017-01-02.csv", "a,1,p1,1,8.21", "b,1,p1,1,123456.7")
    assert shop.night("2017-01-02") == {}
    assert "is rounded" not in caplog.text
