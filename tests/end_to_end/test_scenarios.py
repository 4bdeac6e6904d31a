"""The unit tests of the dbt project, which a night skips: each is a scenario of a model."""

import os
import re
import subprocess
import sys

import pytest
import yaml

from dangol.settings import PROJECT_ROOT

pytestmark = pytest.mark.end_to_end

PROJECT = PROJECT_ROOT / "dbt_project"


def test_every_scenario_of_a_model_passes(past, tmp_path):
    """They need only the tables' types, so any build will do."""
    home = past.copy(tmp_path / "home")
    project = home.settings.dbt / "project"
    done = subprocess.run(
        [
            sys.executable, "-c", "from dbt.cli.main import cli; cli()", "--no-use-colors",
            "--log-path", f"{tmp_path}", "test", "--select", "test_type:unit",
            "--project-dir", f"{project}", "--profiles-dir", f"{project}",
            "--target-path", f"{tmp_path}",
        ],
        env=os.environ
        | {
            "PYTHONPATH": f"{PROJECT_ROOT}",
            "DANGOL_BUILD_FILE": f"{home.settings.build_file}",
            "DANGOL_DBT_MEMORY_LIMIT": "1GB",
            "DANGOL_DBT_THREADS": "1",
            "DANGOL_DBT_SPILL": f"{tmp_path}",
            "DANGOL_DBT_EXTENSIONS": f"{tmp_path}",
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        },
        capture_output=True,
        text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:]
    written = [
        test["name"]
        for file in PROJECT.rglob("*_unit_tests.yml")
        for test in yaml.safe_load(file.read_text(encoding="utf-8"))["unit_tests"]
    ]
    assert sorted(re.findall(r"PASS \w+::(\w+)", done.stdout)) == sorted(written) != []
