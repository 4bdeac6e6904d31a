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


@pytest.mark.parametrize(
    "rows",
    [
        ["a,1,p1,1,8.21", "b,1,p1,1,123456.7"],
        [f"o{n},1,p1,1,{7654321 * (n + 3)}.{n:02d}" for n in range(20)],
    ],
    ids=["small", "large"],
)
def test_the_noise_of_a_floating_point_number_is_not_told(
    shop: Shop, caplog: pytest.LogCaptureFixture, rows: list[str]
) -> None:
    shop.contract()
    exact = STAGING.format(line="line", reason="cast(null as string)")
    written = exact.replace("amount as net", "cast(amount as double) * 1.1 / 1.1 as net")
    (shop.folder / "stg_shop__order_lines.sql").write_text(written)
    shop.land("sales_2017-01-02.csv", *rows)
    assert shop.night("2017-01-02") == {}
    assert "is rounded" not in caplog.text


@pytest.mark.parametrize("no_number", ["inf", "nan", "1e300"])
def test_what_is_no_amount_is_set_aside_and_told_with_its_file(
    shop: Shop, no_number: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as a price that was divided by a quantity of zero."""
    monkeypatch.delitem(PROPERTIES, "controlTotal")
    shop.contract()
    exact = STAGING.format(line="line", reason="cast(null as string)")
    divided = f"case when qty = 0 then cast('{no_number}' as double) else amount end as net"
    (shop.folder / "stg_shop__order_lines.sql").write_text(exact.replace("amount as net", divided))
    shop.land("sales_2017-01-02.csv", "a,1,p1,0,3.00", "b,1,p1,1,5.00", "c,1,p1,1,2.00")
    assert shop.night("2017-01-02") == {}
    assert [state for *_, state, _ in shop.states()] == ["set_aside", "current", "current"]
    (told,) = [each for each in caplog.messages if "no amount of tonight's files is round" in each]
    assert "file=sales_2017-01-02.csv" in told
    assert "net_amount of stg_shop__order_lines is none or too large: set aside" in told
