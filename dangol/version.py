"""Which Dangol this is, and what it runs on."""

from __future__ import annotations

import platform
import shutil
import subprocess
import tomllib
from importlib.metadata import PackageNotFoundError, version

from dangol.settings import PROJECT_ROOT

PACKAGES = ("duckdb", "dbt-core", "great-expectations", "apache-airflow-core")


def describe_version() -> str:
    """Return the version, the commit where it is known, and those of the packages that matter."""
    project = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    commit = _commit()
    lines = [f"dangol {project['project']['version']}" + (f" ({commit})" if commit else "")]
    used = ", ".join(f"{name} {_installed(name)}" for name in PACKAGES)
    lines.append(f"Python {platform.python_version()} on {platform.system()}; {used}")
    return "\n".join(lines)


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def _commit() -> str:
    """Return the commit of the checkout, with ``-dirty`` if files were changed; empty elsewhere."""
    git = shutil.which("git")
    if git is None or not (PROJECT_ROOT / ".git").exists():
        return ""
    command = [git, "-C", str(PROJECT_ROOT), "describe", "--tags", "--always", "--dirty"]
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command
            command, capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()
