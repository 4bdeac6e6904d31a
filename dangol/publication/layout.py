"""Where the files of a publication are, and which names may be one's.

A publication is a folder, ``publications/<business day>-<sequence>``, with ``dangol.duckdb`` and,
written last, its manifest. Earlier ones are a single file,
``dangol-<business day>-<sequence>.duckdb``, with its manifest beside it; they stay as they are.
Names come from files, so they are checked before they become a path.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from dangol.settings import Settings

DATABASE = "dangol.duckdb"
"""DuckDB names the catalog after the file, so queries may name it too."""

MANIFEST = "publication.json"

PARQUET = "parquet"
"""The folder of a publication with its tables as Parquet: ``parquet/<schema>/<table>.parquet``."""

DOCS = "models.html"
"""dbt's documentation of the models that made the tables."""

_FOLDER = re.compile(r"(\d{4}-\d{2}-\d{2})-(\d{4,9})", re.ASCII)
_SINGLE = re.compile(r"dangol-(\d{4}-\d{2}-\d{2})-(\d{4,9})\.duckdb", re.ASCII)
_PART_OF_SINGLE = re.compile(rf"({_SINGLE.pattern})(?:\..*)?", re.ASCII | re.DOTALL)


def name_of(business_date: str, sequence: int) -> str:
    """Return the name of a new publication, which is also its folder's."""
    return f"{business_date}-{sequence:04d}"


def night_of_name(name: str) -> tuple[str, int] | None:
    """Return the business day and the sequence in a publication's name, or None if it is none."""
    match = _FOLDER.fullmatch(name) or _SINGLE.fullmatch(name)
    return (match[1], int(match[2])) if match else None


def is_single(name: str) -> bool:
    """Return whether a publication is a single file, of the earlier layout."""
    return bool(_SINGLE.fullmatch(name))


def owner_of(entry: str) -> str | None:
    """Return the publication to which an entry of the publications folder belongs, or None."""
    if _FOLDER.fullmatch(entry):
        return entry
    match = _PART_OF_SINGLE.fullmatch(entry)
    return match[1] if match else None


def database_of(settings: Settings, name: str) -> Path:
    """Return the file that readers open."""
    place = settings.publications / name
    return place if is_single(name) else place / DATABASE


def manifest_of(settings: Settings, name: str) -> Path:
    """Return the file that declares a publication complete."""
    place = settings.publications / name
    return place.with_suffix(".json") if is_single(name) else place / MANIFEST


def pin_of(settings: Settings) -> Path:
    """Return the path of the file that says which publication a rollback has pinned."""
    return settings.warehouse / "pinned.json"


def target_of(name: str) -> Path:
    """Return what the pointer to a publication contains: a path relative to the warehouse."""
    folder = Path("publications")
    return folder / name if is_single(name) else folder / name / DATABASE


def name_in(target: Path) -> str | None:
    """Return the publication that a pointer names, or None if it points elsewhere."""
    parts = PurePosixPath(target).parts
    name = parts[1] if len(parts) > 1 else ""
    return name if night_of_name(name) and target == target_of(name) else None
