"""Replaces the secret of ids: the next night publishes other ids, and which was which."""

from __future__ import annotations

import secrets
from dataclasses import replace
from pathlib import Path

from dangol.id_keys import (
    FILE,
    HEX,
    Former,
    IdKey,
    IdKeyError,
    check_key,
    former_key,
    key_of,
    last_fingerprint,
    need_key,
    read_file,
    write_file,
)
from dangol.settings import Settings


def rotate(settings: Settings, former: str | None = None, is_lost: bool = False) -> Path:
    """Replace the secret, or accept that it was replaced; the next night publishes other ids.

    Parameters
    ----------
    former
        The secret that made the published ids, if the home already has another one.
    is_lost
        Go on without it.

    Returns
    -------
    Path
        The file with both secrets, until a later night has published.

    Raises
    ------
    IdKeyError
        If a rotation waits for its night, or `former` is not the secret of the last publication.
    """
    made_with = last_fingerprint(settings)
    waiting = former_key(settings)
    if waiting is not None and waiting.fingerprint == made_with:
        raise IdKeyError("the secret was rotated already: the next night publishes other ids")
    if is_lost:
        return _replace(settings, Former(made_with, None))
    if former is not None:
        if not HEX.fullmatch(former) or IdKey(bytes.fromhex(former)).fingerprint != made_with:
            raise IdKeyError(
                "this is not the secret that made the ids of the last publication (its fingerprint"
                f" is {made_with or 'unknown'}): nothing was changed"
            )
        return _replace(settings, Former(made_with, IdKey(bytes.fromhex(former))))
    if settings.id_key:
        raise IdKeyError(
            "DANGOL_ID_KEY sets the secret: set it to another one, of 64 hexadecimal digits, then "
            "give the former to `dangol rotate-ids --former`"
        )
    check_key(settings)
    key = need_key(settings)
    return _replace(settings, Former(key.fingerprint, key), IdKey(secrets.token_bytes(32)))


def _replace(settings: Settings, former: Former, key: IdKey | None = None) -> Path:
    """Write the file anew with a former secret; and another one, if the home lacks it."""
    if key is None and not settings.id_key:
        key = key_of(read_file(settings)) or IdKey(secrets.token_bytes(32))
    write_file(settings, key, former)
    return settings.home / FILE


def note_published(settings: Settings, business_date: str) -> None:
    """Record that a night's publication has old and new ids; forget the old secret on a later one.

    Parameters
    ----------
    business_date
        In ISO form. The same night, run again, publishes the same.
    """
    former = former_key(settings)
    if former is None or former.published_for == business_date:
        return
    kept = None if former.published_for else replace(former, published_for=business_date)
    write_file(settings, key_of(read_file(settings)), kept)
