"""The services of docker-compose.yml, in containers of the image."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
from pathlib import Path

from tests.orchestration.test_services import COMPOSE, SECRETS, Airflow, interpolated

UNITS = {"m": 2**20, "g": 2**30}


class Services(Airflow):
    """As in `tests.orchestration.test_services`, but each command runs in the image."""

    def __init__(self, container, folder, postgres_port):
        super().__init__(folder, postgres_port)
        self.container = container
        # in the image, folders are where the file says
        for inside in ("/var/lib/dangol", "/opt/dangol"):
            del self.moved[inside]
        self.landing = folder / "landing"
        self.landing.mkdir()
        for each in (self.home, self.landing):
            os.chown(each, *self.user)

    @property
    def user(self):
        """The service's user and group, as numbers."""
        return tuple(map(int, COMPOSE["x-airflow"]["user"].split(":")))

    def environment(self, name):
        named = COMPOSE["services"][name]["environment"]
        return {
            **{key: self.here(value) for key, value in named.items() if value is not None},
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(self.port),
            "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT": str(self.health_port),
        }

    def command(self, name, words):
        service = COMPOSE["services"][name]
        assert service["user"] == self.container.configuration["User"]
        writes_landing = any(volume.endswith(":/landing") for volume in service["volumes"])
        volumes = [
            f"{self.home}:/var/lib/dangol",
            f"{self.landing}:/landing" + ("" if writes_landing else ":ro"),
        ]
        return self.container.command(words, self.environment(name), volumes)

    def run(self, name, command):
        with (self.folder / f"{name}.log").open("a") as log:
            return subprocess.Popen(
                self.command(name, command), stdout=log, stderr=log, start_new_session=True
            )

    def by_hand(self, *words):
        """Run the service `dangol`, as `docker compose run --rm dangol …` does."""
        command = self.command("dangol", [*COMPOSE["services"]["dangol"]["entrypoint"], *words])
        return subprocess.run(command, capture_output=True, text=True)

    def is_healthy(self, name):
        kind, *check = COMPOSE["services"][name]["healthcheck"]["test"]
        words = [self.here(part) for part in check]
        command = self.command(name, ["/bin/sh", "-c", *words] if kind == "CMD-SHELL" else words)
        return subprocess.run(command, capture_output=True).returncode == 0

    def stop(self):
        """Stop what runs in the containers, which buildah leaves alone when it is stopped."""
        for signalled in (signal.SIGTERM, signal.SIGKILL):
            for process in self.processes.values():
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signalled)
            if signalled == signal.SIGTERM:
                super().stop()

    def use(self, name):
        """Return a service's memory in bytes (shared pages counted once) and its threads."""
        memory = threads = 0
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if os.getpgid(int(folder.name)) != self.processes[name].pid:
                    continue
                memory += 1024 * _number(r"^Pss:\s+(\d+)", folder / "smaps_rollup")
                threads += _number(r"^Threads:\s+(\d+)", folder / "status")
            except (ProcessLookupError, FileNotFoundError):
                continue
        return memory, threads


def limits(name):
    """Return a service's limits as the file sets them: memory in bytes, and threads."""
    service = COMPOSE["services"][name]
    number, unit = re.fullmatch(
        r"(\d+)([mg])", interpolated(service["mem_limit"], SECRETS)
    ).groups()
    return int(number) * UNITS[unit], service["pids_limit"]


def _number(pattern, file):
    found = re.search(pattern, file.read_text(), re.MULTILINE)
    return int(found[1]) if found else 0
