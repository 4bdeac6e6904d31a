import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from dangol.orchestration.environment import (
    HARDENING,
    SIMPLE_AUTH_MANAGER,
    OpenHouseError,
    airflow_environment,
    refuse_open_house,
)
from dangol.settings import PROJECT_ROOT, Settings

READ_BY_AIRFLOW = """
from airflow.configuration import conf
options = [
    ("core", "dags_folder"), ("core", "executor"), ("core", "load_examples"),
    ("core", "max_active_runs_per_dag"), ("core", "default_task_execution_timeout"),
    ("core", "test_connection"), ("core", "sensitive_var_conn_names"),
    ("core", "allowed_deserialization_classes"), ("core", "dags_are_paused_at_creation"),
    ("api", "host"), ("api", "port"), ("api", "expose_config"), ("api", "expose_stacktrace"),
    ("api", "enable_swagger_ui"), ("api_auth", "jwt_expiration_time"),
    ("logging", "file_task_handler_new_folder_permissions"),
    ("logging", "file_task_handler_new_file_permissions"),
    ("workers", "execution_api_timeout"), ("workers", "execution_api_retries"),
    ("core", "plugins_folder"),
    ("database", "sql_alchemy_conn"),
]
for section, option in options:
    print(f"{section}.{option}={conf.get(section, option)}")
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_environment({"DANGOL_HOME": str(tmp_path / "home")})


def test_airflow_reads_what_we_mean(settings, tmp_path):
    answer = subprocess.run(
        [sys.executable, "-c", READ_BY_AIRFLOW],
        env=airflow_environment(settings, {"HOME": str(tmp_path)}, port=9123),
        check=True,
        capture_output=True,
        text=True,
    )
    home = settings.airflow_home
    assert answer.stdout.splitlines() == [
        f"core.dags_folder={PROJECT_ROOT / 'dags'}",
        "core.executor=LocalExecutor",
        "core.load_examples=False",
        "core.max_active_runs_per_dag=1",
        "core.default_task_execution_timeout=43200",
        "core.test_connection=Disabled",
        "core.sensitive_var_conn_names=webhook,smtp,s3",
        "core.allowed_deserialization_classes=airflow.*",
        "core.dags_are_paused_at_creation=False",
        "api.host=127.0.0.1",
        "api.port=9123",
        "api.expose_config=False",
        "api.expose_stacktrace=False",
        "api.enable_swagger_ui=False",
        "api_auth.jwt_expiration_time=3600",
        "logging.file_task_handler_new_folder_permissions=0o700",
        "logging.file_task_handler_new_file_permissions=0o600",
        "workers.execution_api_timeout=30",
        "workers.execution_api_retries=8",
        f"core.plugins_folder={PROJECT_ROOT / 'dangol' / 'orchestration' / 'plugins'}",
        f"database.sql_alchemy_conn=sqlite:///{home / 'airflow.db'}",
    ]


def test_telemetry_is_off():
    switches = {
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "SCARF_ANALYTICS": "false",
        "DO_NOT_TRACK": "1",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "False",
        "GX_ANALYTICS_ENABLED": "False",
    }
    assert {name: HARDENING[name] for name in switches} == switches


def test_the_home_is_the_pipeline_s_alone(settings):
    before = os.umask(0)
    try:
        airflow_environment(settings, {})
    finally:
        os.umask(before)
    for folder in (settings.home, settings.airflow_home):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_an_airflow_variable_that_someone_set_wins(settings):
    environment = airflow_environment(
        settings, {"AIRFLOW__CORE__PARALLELISM": "2", "DANGOL_HOME": "/elsewhere"}
    )
    assert environment["AIRFLOW__CORE__PARALLELISM"] == "2"
    assert environment["DANGOL_HOME"] == str(settings.home)


def test_our_own_settings_pass_the_check(settings):
    refuse_open_house(airflow_environment(settings, {}))


@pytest.mark.parametrize(
    "changes",
    [
        {"AIRFLOW__API__HOST": "0.0.0.0"},  # noqa: S104 - what is refused
        {"AIRFLOW__API__HOST": "192.168.0.4"},
        {"AIRFLOW__API__HOST": "airflow.example.com"},
        {"AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True"},
    ],
)
def test_the_simple_login_is_refused_anywhere_but_here(settings, changes):
    with pytest.raises(OpenHouseError):
        refuse_open_house(airflow_environment(settings, changes))


def test_airflow_s_own_default_host_is_refused():
    with pytest.raises(OpenHouseError, match=r"AIRFLOW__API__HOST is '0\.0\.0\.0'"):
        refuse_open_house({"AIRFLOW__CORE__AUTH_MANAGER": SIMPLE_AUTH_MANAGER})


def test_a_real_login_may_meet_a_network():
    refuse_open_house(
        {
            "AIRFLOW__CORE__AUTH_MANAGER": "airflow.providers.fab.auth_manager.FabAuthManager",
            "AIRFLOW__API__HOST": "0.0.0.0",  # noqa: S104 - what is allowed
        }
    )
