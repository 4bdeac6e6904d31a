"""A backtest works on a copy of the build, and leaves nothing behind."""

from datetime import date

import pytest

from dangol.files import sha256_of
from ml.backtest import backtest


def left_of(settings):
    """Return every file of a home, but for the link that any first look into a build makes."""
    files = (file for file in settings.home.rglob("*") if file.is_file())
    return [file for file in files if "extensions" not in file.parts]


def test_backtest_touches_no_table_and_no_file(settings, busy_shop):
    busy_shop.build(settings, date(2017, 10, 20))
    before = sha256_of(settings.build_file)
    found = backtest(settings, date(2017, 7, 22), 90)
    assert found["window"] == ["2017-07-23", "2017-10-20"]
    assert list(found) == ["window", "newcomers", "customers", "spend", "churn"]
    assert list(found["spend"]["metrics"]["model"]) == [
        "nrmse",
        "bias",
        "wmape",
        "mean_absolute_error",
        "wmape_with_newcomers",
    ]
    assert sha256_of(settings.build_file) == before
    assert left_of(settings) == [settings.build_file]


def test_backtest_without_enough_data_says_what_is_missing(settings, busy_shop):
    busy_shop.build(settings, date(2017, 10, 20))
    with pytest.raises(ValueError, match="spend: not enough data: 385 days of history, 574 needed"):
        backtest(settings, date(2017, 4, 3), 200)
    assert left_of(settings) == [settings.build_file]
