"""dbt's documentation: every model, column and contract, and the lineage between them.

One page without a network, made again only when a model, a contract or dbt itself has changed. Each
publication has that of its own models.
"""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path

from dangol.build.project import project_digest
from dangol.build.transform import generate_docs
from dangol.files import write_whole
from dangol.settings import Settings

_NAME = "models-{}.html"


def bring_up_to_date(settings: Settings) -> Path:
    """Make the documentation if it is not of today's models and contracts.

    Returns
    -------
    Path
        Its file, in ``$DANGOL_HOME/pages``.

    Raises
    ------
    dangol.build.transform.LayerFailedError
        If dbt can't make it.
    """
    file = _current(settings)
    if file.is_file():
        file.touch()  # `latest` goes by time, and models may have been changed back
    else:
        write_whole(file, generate_docs(settings))
    return file


def find_current(settings: Settings) -> Path | None:
    """Return the documentation of today's models and contracts, or None if it is not made."""
    file = _current(settings)
    return file if file.is_file() else None


def is_documentation(file: Path) -> bool:
    """Return whether a file is dbt's documentation, by its name."""
    return file.match(_NAME.format("*"))


def latest(settings: Settings) -> str:
    """Return the name of the documentation that was made last; empty if there is none."""
    made = [(file.stat().st_mtime, file.name) for file in settings.pages.glob(_NAME.format("*"))]
    return max(made, default=(0.0, ""))[1]


def _current(settings: Settings) -> Path:
    content = f"{version('dbt-core')} {project_digest(settings)}"
    return settings.pages / _NAME.format(hashlib.sha256(content.encode()).hexdigest()[:12])
