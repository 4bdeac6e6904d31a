"""Stores each night's models on disk, and finds the current champion.

``models/<model>/<business date>/`` contains what a night trained: ``model.skops``,
``training.json``, ``manifest.json`` (their SHA-256, written last), then ``evaluation.json``,
``card.md`` and ``decision.json`` from the later steps, or ``failure.json``. A promoted model is the
champion of all later nights until another is promoted, so a repeated night meets the same champion
as before. A model whose number meant something else than it does today is no champion.

The format is skops, which contains numbers and the names of known classes. Unlike a pickle, it runs
no code when loaded. Object addresses and times are removed, so the same model gives the same bytes.
"""

from __future__ import annotations

import io
import json
import logging
import re
import zipfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import skops.io

from dangol.errors import DangolError
from dangol.files import (
    DAMAGE,
    private_folder,
    remove_leftovers,
    sha256_of,
    whole_file,
    write_whole,
)
from dangol.settings import Settings

log = logging.getLogger(__name__)

PROMOTED = "promoted"
REFUSED = "refused"
NOT_ENOUGH_DATA = "not enough data"
FAILED = "failed"

_IN_MANIFEST = {"training.json", "model.skops"}

_EPOCH = (1980, 1, 1, 0, 0, 0)
_ADDRESS = re.compile(r'"__id__": (\d+)')
_ARRAY_FILE = re.compile(r'"(\d+)\.npy"')


class ModelError(DangolError):
    """A model on disk is missing, damaged, or contains classes that may not be loaded."""


def entry(settings: Settings, model: str, business_date: date) -> Path:
    """Return the folder of a night's entry."""
    return settings.models / model / business_date.isoformat()


def save(folder: Path, training: dict[str, Any], estimator: Any | None) -> None:
    """Replace a night's entry with a newly trained model, or with the reason why there is none.

    The folder is emptied first, so that no decision outlives its model.

    Parameters
    ----------
    training
        The content of ``training.json``.
    estimator
        A fitted estimator, or None if there was not enough data.
    """
    private_folder(folder)
    remove_leftovers(folder)
    for name in ("decision.json", "manifest.json", "evaluation.json", "card.md", "model.skops"):
        (folder / name).unlink(missing_ok=True)
    names = ["training.json"]
    write_json(folder / "training.json", training)
    if estimator is not None:
        with whole_file(folder / "model.skops") as part:
            part.write_bytes(_without_addresses(skops.io.dumps(estimator)))
        names.append("model.skops")
    write_json(folder / "manifest.json", {name: sha256_of(folder / name) for name in names})


def load(folder: Path, trusted_types: Sequence[str]) -> Any:
    """Check the bytes and the classes of an entry, and return its estimator.

    Parameters
    ----------
    trusted_types
        The classes allowed beyond those that skops trusts by default; all others are refused.

    Returns
    -------
    object
        The fitted estimator.

    Raises
    ------
    ModelError
        If a file is missing or was changed, or contains a class that is not trusted.
    """
    manifest = _manifest(folder)
    if "model.skops" not in manifest:
        raise ModelError(f"{folder} has no model: {read_json(folder / 'training.json')}")
    content = (folder / "model.skops").read_bytes()
    unknown = set(skops.io.get_untrusted_types(data=content)) - set(trusted_types)
    if unknown:
        raise ModelError(f"{folder / 'model.skops'} has classes that are not trusted: {unknown}")
    return skops.io.loads(content, trusted=list(trusted_types))


def training_of(folder: Path) -> dict[str, Any]:
    """Check the bytes of an entry, and return its ``training.json``."""
    _manifest(folder)
    return read_json(folder / "training.json")


def champion(settings: Settings, model: str, before: date, meaning: str = "") -> Path | None:
    """Return the entry that was promoted last before a night, unless it is retired.

    Parameters
    ----------
    before
        The night; its own entry and later ones are ignored.
    meaning
        What the model's number means today. A champion of another meaning is retired.

    Returns
    -------
    Path or None
        The entry's folder, or None if there is no champion.
    """
    folder = last_promoted(settings, model, before)
    return folder if folder and meaning_of(folder) == meaning else None


def meaning_of(folder: Path) -> str:
    """Return what the number of an entry's model means, as `ml.model.Model.meaning`."""
    return str(read_json(folder / "training.json").get("meaning", ""))


def last_promoted(settings: Settings, model: str, before: date) -> Path | None:
    """Return the entry that was promoted last before a night, whatever its meaning."""
    nights = sorted((settings.models / model).glob("????-??-??"), reverse=True)
    for folder in nights:
        if folder.name >= before.isoformat():
            continue
        if not (folder / "decision.json").exists():
            log.warning("%s was trained but has no decision: run its night again", folder)
            continue
        if read_json(folder / "decision.json").get("decision") == PROMOTED:
            return folder
    return None


def serving(settings: Settings, model: str, business_date: date, meaning: str = "") -> Path | None:
    """Return the entry that scores in a night, which must have its decision."""
    own = entry(settings, model, business_date)
    if not (own / "decision.json").exists():
        raise ModelError(f"{own} has no decision yet: run the step `promote` of {business_date}")
    if read_json(own / "decision.json").get("decision") == PROMOTED:
        return own
    return champion(settings, model, business_date, meaning)


def model_id(model: str, folder: Path | None) -> str | None:
    """Return the name of an entry in the tables."""
    return None if folder is None else f"{model}-{folder.name}"


def read_json(file: Path) -> dict[str, Any]:
    """Return a small file's content.

    Returns
    -------
    dict
        Whatever its keys are.

    Raises
    ------
    ModelError
        If it is damaged.
    """
    cause: Exception | None = None
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        if isinstance(content, dict):
            return content
    except DAMAGE as error:
        cause = error
    raise ModelError(f"{file} is damaged: restore it, or train that night again") from cause


def write_json(file: Path, content: dict[str, Any]) -> None:
    """Write a small file atomically."""
    write_whole(file, (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode())


def _manifest(folder: Path) -> dict[str, Any]:
    if not (folder / "manifest.json").exists():
        raise ModelError(f"{folder} is incomplete: train that night again")
    manifest = read_json(folder / "manifest.json")
    for name, sha256 in manifest.items():
        if name not in _IN_MANIFEST:
            raise ModelError(f"{folder / 'manifest.json'} is damaged: train that night again")
        if not (folder / name).exists() or sha256_of(folder / name) != sha256:
            raise ModelError(
                f"{folder / name} was changed after it was written: train that night again"
            )
    return manifest


def _without_addresses(content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    schema = members.pop("schema.json").decode()
    numbers = {old: str(new) for new, old in enumerate(dict.fromkeys(_ADDRESS.findall(schema)))}
    schema = _ADDRESS.sub(lambda found: f'"__id__": {numbers[found[1]]}', schema)
    schema = _ARRAY_FILE.sub(lambda found: f'"{numbers[found[1]]}.npy"', schema)
    renamed = {f"{numbers[Path(name).stem]}.npy": data for name, data in members.items()}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted((renamed | {"schema.json": schema.encode()}).items()):
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
