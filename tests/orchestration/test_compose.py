import json
import re
from pathlib import Path

import pytest
import yaml

from dangol.addresses import LANDING_SCHEMES
from dangol.orchestration.environment import HARDENING, PLUGINS, SIMPLE_AUTH_MANAGER
from dangol.orchestration.processes import PREPARATION
from dangol.orchestration.standalone import SERVICES

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE = yaml.safe_load(TEXT)
AIRFLOW_SERVICES = ["api-server", "scheduler", "dag-processor", "triggerer"]


def test_the_services():
    assert list(COMPOSE["services"]) == ["postgres", "init", *AIRFLOW_SERVICES, "dangol"]


def test_the_command_line_is_there_for_whoever_is_on_call():
    """It alone may write into the landing zone, and starts only by hand."""
    service = COMPOSE["services"]["dangol"]
    assert service["entrypoint"] == ["dangol"]
    assert service["profiles"] == ["by-hand"]
    assert service["volumes"][1].endswith(":/landing")
    assert (
        "pip install --no-deps --no-build-isolation --editable" in (ROOT / "Dockerfile").read_text()
    )


def test_the_base_of_the_image_can_be_pinned_by_digest():
    build = COMPOSE["services"]["scheduler"]["build"]
    default = re.search(r"^ARG DANGOL_BASE=(\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert build["args"]["DANGOL_BASE"] == f"${{DANGOL_BASE:-{default[1]}}}"


@pytest.mark.parametrize(
    "secret",
    ["AWS_SECRET_ACCESS_KEY", "AZURE_STORAGE_ACCOUNT_KEY", "DANGOL_SFTP_PASSWORD", "DANGOL_ID_KEY"],
)
def test_the_keys_of_a_landing_zone_and_of_ids_go_to_those_who_do_the_night(secret):
    holders = {
        name for name, service in COMPOSE["services"].items() if secret in service["environment"]
    }
    assert holders == {"scheduler", "dangol"}
    assert COMPOSE["services"]["scheduler"]["environment"][secret] is None


SETUP = (ROOT / "docs" / "setup.md").read_text()


ROWS = "".join(re.findall(r"^\| `.*?\|", SETUP, re.MULTILINE))


@pytest.mark.parametrize("variable", re.findall(r"`(DANGOL_\w+)`", ROWS))
def test_every_variable_of_the_documentation_reaches_the_services(variable):
    """By its own name from the host, or where the file itself uses it."""
    night = COMPOSE["services"]["scheduler"]["environment"]
    limits = ("DANGOL_NIGHT_MEMORY", "DANGOL_SERVICE_MEMORY")
    if variable in limits:
        assert f"${{{variable}:-" in TEXT
        return
    assert variable in night
    for name in ("scheduler", "dangol"):
        service = COMPOSE["services"][name]
        is_alert = variable in COMPOSE["x-alerts"]
        assert is_alert or service["environment"][variable] == night[variable]
    is_fixed = variable == "DANGOL_HOME"
    assert is_fixed or night[variable] is None or f"${{{variable}:-" in night[variable]


def test_the_group_of_readers_is_one_of_the_services_own():
    """An account can give a file only to a group that it is in."""
    group = ["${DANGOL_READERS_GROUP:-10001}"]
    found = {name: service.get("group_add") for name, service in COMPOSE["services"].items()}
    assert {name: added for name, added in found.items() if added} == {
        "scheduler": group,
        "dangol": group,
    }


def test_files_with_keys_are_where_they_are_needed():
    mounted = {
        name: [volume for volume in service["volumes"] if "/keys" in volume]
        for name, service in COMPOSE["services"].items()
    }
    readers = {name: volumes for name, volumes in mounted.items() if volumes}
    volume = "${DANGOL_KEYS_FOLDER:-keys}:/keys:ro"
    assert readers == {"scheduler": [volume], "dangol": [volume]}
    known_hosts = COMPOSE["services"]["scheduler"]["environment"]["DANGOL_SFTP_KNOWN_HOSTS"]
    assert known_hosts == "${DANGOL_SFTP_KNOWN_HOSTS:-/keys/known_hosts}"


def test_the_image_can_have_every_driver():
    dockerfile = (ROOT / "Dockerfile").read_text()
    copied = set(re.findall(r"requirements-(\w+)\.lock", dockerfile.replace("$driver", "")))
    assert copied == set(LANDING_SCHEMES)
    build = COMPOSE["services"]["scheduler"]["build"]
    assert build["args"]["DANGOL_DRIVERS"] == "${DANGOL_DRIVERS:-}"


def test_every_service_runs_the_command_of_the_standalone():
    commands = {name: tuple(COMPOSE["services"][name]["command"]) for name in AIRFLOW_SERVICES}
    assert commands == SERVICES


def test_init_prepares_the_database_as_the_standalone_does():
    first, *lines = COMPOSE["services"]["init"]["command"][0].splitlines()
    assert first == "umask 0077"
    quoted = [
        " ".join(f'"{word}"' if " " in word else word for word in ("airflow", *arguments))
        for arguments in PREPARATION
    ]
    assert lines[: len(quoted)] == quoted


@pytest.mark.parametrize("name", ["init", *AIRFLOW_SERVICES])
def test_every_airflow_process_has_the_settings_of_a_laptop(name):
    environment = COMPOSE["services"][name]["environment"]
    assert {key: environment.get(key) for key in HARDENING} == dict(HARDENING)


@pytest.mark.parametrize("name", ["init", *AIRFLOW_SERVICES])
def test_the_simple_login_stays_at_home(name):
    environment = COMPOSE["services"][name]["environment"]
    assert environment["AIRFLOW__CORE__AUTH_MANAGER"] != SIMPLE_AUTH_MANAGER


@pytest.mark.parametrize("name", ["postgres", *AIRFLOW_SERVICES])
def test_every_service_that_stays_has_a_health_check(name):
    check = COMPOSE["services"][name]["healthcheck"]
    assert check["test"][0] in {"CMD", "CMD-SHELL"}
    assert set(check) >= {"interval", "timeout", "retries"}


@pytest.mark.parametrize("name", ["postgres", "init", *AIRFLOW_SERVICES])
def test_no_service_can_become_root(name):
    service = COMPOSE["services"][name]
    user, _, group = service["user"].partition(":")
    assert int(user) > 0
    assert int(group) > 0
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service


@pytest.mark.parametrize("name", ["init", *AIRFLOW_SERVICES])
def test_no_service_can_change_its_code(name):
    service = COMPOSE["services"][name]
    assert service["read_only"] is True
    assert [volume.partition(":")[2] for volume in service["volumes"][:1]] == ["/var/lib/dangol"]
    assert service["volumes"][1].endswith(":/landing:ro")


@pytest.mark.parametrize("name", list(COMPOSE["services"]))
def test_every_service_has_a_limit_of_memory_and_of_processes(name):
    service = COMPOSE["services"][name]
    does_the_night = name in {"scheduler", "dangol"}
    variable = "DANGOL_NIGHT_MEMORY:-4g" if does_the_night else "DANGOL_SERVICE_MEMORY:-2g"
    assert service["mem_limit"] == f"${{{variable}}}"
    assert service["pids_limit"] == (1024 if does_the_night else 256)


def test_a_task_has_its_engine_s_memory_and_three_gigabytes_beside_it():
    engine = COMPOSE["x-airflow-environment"]["DANGOL_MEMORY_LIMIT"]
    allowed = COMPOSE["services"]["scheduler"]["mem_limit"]
    assert (engine, allowed) == ("${DANGOL_MEMORY_LIMIT:-1GB}", "${DANGOL_NIGHT_MEMORY:-4g}")


def test_what_the_services_write_is_theirs_alone():
    """`dangol` sets its own umask, and Airflow none."""
    [entrypoint] = re.findall(r"^ENTRYPOINT (.+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    shell, option, script, name = json.loads(entrypoint)
    assert (shell, option, script, name) == (
        "/bin/sh",
        "-c",
        'umask 0077 && exec airflow "$@"',
        "airflow",
    )
    own = {name for name, service in COMPOSE["services"].items() if "entrypoint" in service}
    assert own == {"init", "scheduler", "dangol"}
    _, _, kept, name = COMPOSE["services"]["scheduler"]["entrypoint"]
    assert (name, kept.partition(" > ")[0].replace("$$", "$")) == ("airflow", script)


def test_no_secret_is_on_a_command_line():
    """Every account of the host can read the words of a command."""
    secret = re.compile(r"--(password|secret|token)|\$\$?\{?\w*(PASSWORD|SECRET|FERNET|_KEY)")
    for name, service in COMPOSE["services"].items():
        text = "\n".join(
            [
                *service.get("entrypoint", []),
                *service.get("command", []),
                *service.get("healthcheck", {}).get("test", []),
            ]
        )
        # a shell's own `printf` is no command of the machine
        lines = [line for line in text.splitlines() if secret.search(line)]
        assert [line for line in lines if not line.startswith("printf ")] == [], name
        assert [line for line in lines if secret.search(line.partition("|")[2])] == [], name


def test_plugins_are_code_and_not_in_the_writable_home():
    environment = COMPOSE["x-airflow-environment"]
    plugins = Path(environment["AIRFLOW__CORE__PLUGINS_FOLDER"])
    assert plugins.relative_to("/opt/dangol") == PLUGINS.relative_to(ROOT)
    assert [file.name for file in PLUGINS.glob("*.py")] == ["dangol_plugin.py"]


def test_secrets_have_no_default():
    """`${NAME:?…}` stops the start; `${NAME:-text}` or a bare value would be a default password."""
    secret = re.compile(r"PASSWORD|SECRET|FERNET|_KEY")
    found = {}
    for service in COMPOSE["services"].values():
        for name, value in service["environment"].items():
            # without a value it is the host's, if that has one
            is_optional = value is None or name.startswith("DANGOL_SMTP")
            if secret.search(name) and not is_optional:
                found[name] = value
    assert set(found) == {
        "POSTGRES_PASSWORD",
        "AIRFLOW__CORE__FERNET_KEY",
        "AIRFLOW__API__SECRET_KEY",
        "AIRFLOW__API_AUTH__JWT_SECRET",
        "DANGOL_ADMIN_PASSWORD",
    }
    for name, value in found.items():
        assert re.fullmatch(r"\$\{\w+:\?[^}]+\}", value), name
    connection = COMPOSE["x-airflow-environment"]["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]
    assert re.search(r"//airflow:\$\{DANGOL_DATABASE_PASSWORD:\?[^}]+\}@postgres", connection)
    alerts = COMPOSE["x-alerts"]
    assert (alerts["DANGOL_SMTP_PASSWORD"], alerts["DANGOL_SLACK_WEBHOOK"]) == (
        "${DANGOL_SMTP_PASSWORD:-}",
        "${DANGOL_SLACK_WEBHOOK:-}",
    )


def test_only_those_who_need_a_key_have_it():
    def holders(variable):
        return {
            name
            for name, service in COMPOSE["services"].items()
            if variable in service["environment"]
        }

    assert holders("AIRFLOW__API_AUTH__JWT_SECRET") == {"api-server", "scheduler"}
    assert holders("AIRFLOW__API__SECRET_KEY") == {"api-server"}
    assert holders("DANGOL_ADMIN_PASSWORD") == {"init"}
    assert holders("DANGOL_SMTP_PASSWORD") == {"scheduler", "dag-processor"}


def test_the_ui_is_published_on_the_loopback_interface_only():
    ports = [port for service in COMPOSE["services"].values() for port in service.get("ports", [])]
    assert ports == ["127.0.0.1:${DANGOL_PORT:-8080}:8080"]


def test_the_database_is_on_a_network_of_its_own():
    assert COMPOSE["services"]["postgres"]["networks"] == ["database"]
    assert COMPOSE["networks"]["database"] == {"internal": True}


def test_images_are_pinned():
    assert COMPOSE["services"]["postgres"]["image"] == "postgres:17.6-bookworm"
    dockerfile = (ROOT / "Dockerfile").read_text()
    [base] = re.findall(r"^ARG DANGOL_BASE=(.+)$", dockerfile, re.MULTILINE)
    assert re.fullmatch(r"python:3\.1[12]\.\d+-slim-bookworm", base)
    assert 'pip install --no-deps --require-hashes --only-binary :all: "$@"' in dockerfile
    assert "set -- -r /tmp/locks/requirements.lock" in dockerfile


def test_the_image_has_every_folder_that_the_pipeline_reads():
    dockerfile = (ROOT / "Dockerfile").read_text()
    copied = set(re.findall(r"^COPY (\w+) /opt/dangol/\1$", dockerfile, re.MULTILINE))
    assert copied == {
        *(
            "dangol",
            "demo",
            "expectations",
            "ml",
            "pages",
            "simulator",
            "sources",
            "dbt_project",
            "dags",
        )
    }
    allowed = (ROOT / ".dockerignore").read_text().splitlines()
    assert {line.removeprefix("!") for line in allowed if line.startswith("!")} == {
        *copied,
        *("pyproject.toml", "README.md", "requirements.lock"),
        *(f"requirements-{driver}.lock" for driver in LANDING_SCHEMES),
    }


def test_the_login_s_package_is_in_the_lock():
    lock = (ROOT / "requirements.lock").read_text()
    assert re.search(r"^apache-airflow-providers-fab==", lock, re.MULTILINE)
