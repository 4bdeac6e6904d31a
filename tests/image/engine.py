"""Debian's buildah as an engine: no daemon, nothing kept, `chroot` in the place of containers.

A container here shares the machine's network and processes; its files are its own.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from dangol.settings import PROJECT_ROOT

NEEDED = ("buildah", "debootstrap")
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
ISOLATION = ("--isolation", "chroot")
PIP_SETTINGS = ("index-url", "cert", "proxy", "timeout", "default-timeout", "trusted-host")


def why_not() -> str:
    """Return what this machine lacks to build an image; empty if nothing."""
    if os.geteuid() != 0:
        return "only root can build an image here"
    missing = [name for name in NEEDED if not shutil.which(name)]
    return f"apt-get install {' '.join(missing)}, to build an image here" if missing else ""


class Engine:
    """Images and containers below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.options = [
            *("--root", str(folder / "images"), "--runroot", str(folder / "run")),
            *("--storage-driver", "vfs"),
        ]

    def command(self, *words: str) -> list[str]:
        """Return the words of one command of buildah."""
        return ["nice", "buildah", *self.options, *words]

    def do(self, *words: str) -> str:
        """Run one command and return what it printed; what failed is shown."""
        done = subprocess.run(self.command(*words), capture_output=True, text=True)
        assert done.returncode == 0, f"buildah {words[0]}: {done.stderr[-3000:]}"
        return done.stdout.strip()

    def base(self) -> str:
        """Make an image of Debian with its Python, as `python` and `pip` of the official one."""
        suite = os.environ.get("DANGOL_IMAGE_SUITE") or _suite()
        # in memory: writing each of ten thousand files to the disk at once takes minutes
        root = self._in_memory()
        try:
            bootstrap(suite, root)
            container = self.do("from", "scratch")
            self.do("add", container, str(root), "/")
        finally:
            shutil.rmtree(root)
        folders = "/opt/python/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        self.do("config", "--env", f"PATH={folders}", container)
        self.do("commit", "--quiet", "--rm", container, "localhost/base")
        return "localhost/base"

    def build(self, drivers: tuple[str, ...]) -> str:
        """Build the project's image, of which nothing but the base comes from here."""
        base = f"DANGOL_BASE={self.base()}"
        drivers_argument = f"DANGOL_DRIVERS={' '.join(drivers)}"
        self.do(
            *("build", *ISOLATION, "--network", "host", "--tag", "localhost/dangol"),
            *("--build-arg", base, "--build-arg", drivers_argument, str(PROJECT_ROOT)),
        )
        return "localhost/dangol"

    def _in_memory(self) -> Path:
        """Return a new folder in memory, if there is room, or else on the disk."""
        memory = Path("/dev/shm")  # noqa: S108 - a file system, and the name is new
        forbidden = os.ST_NODEV | os.ST_NOEXEC
        is_fit = memory.is_dir() and not os.statvfs(memory).f_flag & forbidden
        has_room = is_fit and shutil.disk_usage(memory).free > 2**30
        folder = tempfile.mkdtemp(prefix="dangol-base-", dir=memory if has_room else self.folder)
        os.chmod(folder, 0o755)  # noqa: S103 - it becomes the root of a file system
        return Path(folder)


class Container:
    """A container of the image, in which commands run one by one or at the same time."""

    def __init__(self, engine: Engine, image: str) -> None:
        self.engine = engine
        self.name = engine.do("from", "--pull-never", image)
        self.root = Path(engine.do("mount", self.name))
        described = json.loads(engine.do("inspect", "--type", "container", self.name))
        self.configuration = described["OCIv1"]["config"]

    def command(
        self,
        words: Sequence[str],
        environment: Mapping[str, str] = MappingProxyType({}),
        volumes: Sequence[str] = (),
    ) -> list[str]:
        """Return what runs a command in the container, as the image's user."""
        variables = (
            word for name in environment for word in ("--env", f"{name}={environment[name]}")
        )
        mounted = (word for volume in volumes for word in ("--volume", volume))
        options = (*ISOLATION, *variables, *mounted, self.name, "--")
        return self.engine.command("run", *options, *words)

    def run(
        self, words: Sequence[str], volumes: Sequence[str] = (), **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        command = self.command(words, environment, volumes)
        return subprocess.run(command, capture_output=True, text=True)


def bootstrap(suite: str, root: Path) -> None:
    """Put Debian and its Python into a folder; certificates and pip's settings are ours."""
    packages = "--include=python3,python3-venv"
    for command in (
        ["debootstrap", "--variant=minbase", packages, suite, str(root)],
        ["chroot", str(root), "python3", "-m", "venv", "/opt/python"],
    ):
        done = subprocess.run(["nice", *command], capture_output=True, text=True)
        assert done.returncode == 0, f"{command[0]}: {(done.stdout + done.stderr)[-3000:]}"
    if Path(BUNDLE).is_file():
        (root / BUNDLE[1:]).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(BUNDLE, root / BUNDLE[1:])
    (root / "etc/pip.conf").write_text(_pip_settings())


def _suite() -> str:
    """Return the release of Debian that the Dockerfile's own base is made of."""
    dockerfile = (PROJECT_ROOT / "Dockerfile").read_text(encoding="utf-8")
    return re.findall(r"^ARG DANGOL_BASE=\S+-slim-(\w+)$", dockerfile, re.MULTILINE)[0]


def _pip_settings() -> str:
    """Return where this machine's pip finds packages, as a file of pip's settings."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True
    )
    found = re.findall(r"^(?:global|:env:)\.([\w-]+)='(.*)'$", listed.stdout, re.MULTILINE)
    settings = {key: text for key, text in found if key in PIP_SETTINGS}
    if Path(BUNDLE).is_file():
        settings["cert"] = BUNDLE
    return "\n".join(["[global]", *(f"{key} = {text}" for key, text in settings.items()), ""])
