"""Airflow's settings as environment variables, so that there is no ``airflow.cfg`` to maintain.

Airflow's own defaults are for trying it out: an open host, example DAGs, world-readable logs. These
are for a company's data on one machine. ``docker-compose.yml`` sets the same ones (a test compares
them) and differs only where it must: PostgreSQL, another login, another host.
"""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Mapping
from pathlib import Path

from dangol.errors import DangolError
from dangol.files import private_folder
from dangol.settings import PROJECT_ROOT, Settings

SIMPLE_AUTH_MANAGER = (
    "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager"
)
"""Stores passwords in a readable file: for one person on one machine."""

PLUGINS = PROJECT_ROOT / "dangol" / "orchestration" / "plugins"
"""With the code: what can be written into the home is never run."""

HARDENING: Mapping[str, str] = {
    # one night at a time, whatever a DAG says, and no task without a timeout
    "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
    "AIRFLOW__CORE__MAX_ACTIVE_RUNS_PER_DAG": "1",
    "AIRFLOW__CORE__DEFAULT_TASK_EXECUTION_TIMEOUT": "43200",
    "AIRFLOW__CORE__PARALLELISM": "8",
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    # the night runs at 02:00 without having to be switched on
    "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
    # expose no more than necessary
    "AIRFLOW__CORE__TEST_CONNECTION": "Disabled",
    "AIRFLOW__CORE__HIDE_SENSITIVE_VAR_CONN_FIELDS": "True",
    "AIRFLOW__CORE__SENSITIVE_VAR_CONN_NAMES": "webhook,smtp,s3",
    "AIRFLOW__API__EXPOSE_CONFIG": "False",
    "AIRFLOW__API__EXPOSE_STACKTRACE": "False",
    "AIRFLOW__API__ENABLE_SWAGGER_UI": "False",
    "AIRFLOW__API_AUTH__JWT_EXPIRATION_TIME": "3600",
    "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FOLDER_PERMISSIONS": "0o700",
    "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FILE_PERMISSIONS": "0o600",
    # an API server that is slow to answer, on a busy machine, must not fail a task
    "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "30",
    "AIRFLOW__WORKERS__EXECUTION_API_RETRIES": "8",
    # a second of sleep before each of twenty tasks would be a third of a small night
    "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
    # nothing leaves the machine
    "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    "SCARF_ANALYTICS": "false",
    "DO_NOT_TRACK": "1",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "False",
    "GX_ANALYTICS_ENABLED": "False",
}
"""Everything that is the same on a laptop and in production."""


class OpenHouseError(DangolError):
    """Airflow would be open to the network with a login that is not made for it."""


def airflow_environment(
    settings: Settings, inherited: Mapping[str, str], port: int = 8080
) -> dict[str, str]:
    """Return the environment of every Airflow process of a home on this machine.

    Parameters
    ----------
    inherited
        Usually ``os.environ``. An ``AIRFLOW__…`` variable in it overrides ours; what is unsafe is
        left to `refuse_open_house`.
    port
        Of the UI, on the loopback interface.

    Returns
    -------
    dict
        Complete, for ``subprocess``.
    """
    private_folder(settings.home)
    home = private_folder(settings.airflow_home)
    bin_folder = str(Path(sys.executable).parent)
    chosen = {name: text for name, text in inherited.items() if name.startswith("AIRFLOW__")}
    return {
        **inherited,
        **HARDENING,
        "AIRFLOW__CORE__AUTH_MANAGER": SIMPLE_AUTH_MANAGER,
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords_file(settings)),
        "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT_ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(PLUGINS),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__API__WORKERS": "1",
        **chosen,
        "AIRFLOW_HOME": str(home),
        "DANGOL_HOME": str(settings.home),
        "PATH": f"{bin_folder}:{inherited.get('PATH', '')}",
        "PYTHONPATH": ":".join(filter(None, [str(PROJECT_ROOT), inherited.get("PYTHONPATH")])),
    }


def passwords_file(settings: Settings) -> Path:
    """Return the file with the password of the local login."""
    return settings.airflow_home / "passwords.json"


def refuse_open_house(environment: Mapping[str, str]) -> None:
    """Refuse to start Airflow on a network with the login that is meant for one person.

    Parameters
    ----------
    environment
        Of the Airflow process to be started.

    Raises
    ------
    OpenHouseError
        If the simple login is combined with a host other than the loopback interface, or is
        switched off.
    """
    manager = environment.get("AIRFLOW__CORE__AUTH_MANAGER", SIMPLE_AUTH_MANAGER)
    if manager != SIMPLE_AUTH_MANAGER:
        return
    host = environment.get("AIRFLOW__API__HOST", "0.0.0.0")  # noqa: S104 - Airflow's own default
    if not _is_loopback(host):
        raise OpenHouseError(
            f"AIRFLOW__API__HOST is {host!r} and the login is Airflow's SimpleAuthManager, which "
            "keeps passwords in a readable file. Use 127.0.0.1, or set AIRFLOW__CORE__AUTH_MANAGER "
            "to a real one as docker-compose.yml does."
        )
    if environment.get("AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS", "").lower() == "true":
        raise OpenHouseError(
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS makes every program on this machine an "
            "administrator of the pipeline; unset it."
        )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
