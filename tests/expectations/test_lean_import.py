"""Modules that the lean import skips are complete when something needs them later."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from expectations.lean_import import LEFT_OUT, LOADED_WHEN_USED, lean_import


def run_python(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_deferred_modules_are_loaded_when_they_are_needed() -> None:
    script = (
        "import sys; import expectations.engine as engine\n"
        f"assert not {set(LOADED_WHEN_USED)} & set(sys.modules)\n"
        "from great_expectations.expectations.core import"
        " expect_column_kl_divergence_to_be_less_than as user\n"
        "assert round(user.stats.entropy([.5, .5]), 3) == .693\n"
        "import scipy.stats\n"
        "assert scipy.stats.norm.cdf(0) == .5\n"
        "import sklearn.linear_model\n"
        "from great_expectations.compatibility import aws\n"
        "assert aws.boto3.session.Session.__module__ == 'boto3.session'\n"
        "import boto3\n"
        "assert aws.boto3.Session is boto3.Session\n"
        "assert sys.modules['boto3'] is boto3\n"
    )

    assert run_python(script).stderr == ""


def test_modules_left_out_are_the_real_ones_when_imported_later() -> None:
    script = (
        "import sys; import expectations.engine as engine\n"
        f"assert not {set(LEFT_OUT)} & set(sys.modules)\n"
        "from great_expectations.datasource.fluent.pandas_datasource import PandasDatasource\n"
        "assert 'add_csv_asset' in dir(PandasDatasource)\n"
    )

    assert run_python(script).stderr == ""


def test_every_module_left_out_exists() -> None:
    # if not, a new version of Great Expectations has renamed one, and gates import it again
    script = (
        "import great_expectations, sys\n"
        f"assert {{*{LEFT_OUT}, *{LOADED_WHEN_USED}}} <= set(sys.modules)\n"
    )

    assert run_python(script).stderr == ""


def test_a_module_that_is_already_imported_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("expectations.lean_import.LOADED_WHEN_USED", ("json",))
    with lean_import():
        import json

        assert json.dumps([1]) == "[1]"
    assert sys.modules["json"] is json
