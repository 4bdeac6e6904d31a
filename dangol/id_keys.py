"""The home's secret: with it, published ids are made of the systems' ids, and not without it.

A published id is HMAC-SHA-256 of what the systems call somebody, so it can't be found by trying
numbers. The secret is ``id-key.json`` in the home, or the variable ``DANGOL_ID_KEY``. dbt's
connections get it as session variables (`dangol.build.key_plugin`); nothing writes it anywhere.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
from dataclasses import dataclass, field
from typing import Any

from dangol import records
from dangol.errors import DangolError
from dangol.files import DAMAGE, PART_SUFFIX, private_folder, sync_file, write_whole
from dangol.settings import Settings

FILE = "id-key.json"
ID_LENGTH = 32
"""Hexadecimal digits of an id: 128 bits."""

_BLOCK = 64
"""Bytes that SHA-256 works on at a time."""
HEX = re.compile("[0-9a-f]{64}")


class IdKeyError(DangolError):
    """The secret is lost, damaged or another one; the message says what to do."""


@dataclass(frozen=True)
class IdKey:
    """A secret, from which ids are made.

    Parameters
    ----------
    secret
        32 bytes.
    """

    secret: bytes = field(repr=False)

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits that tell one secret from another, and nothing else about it."""
        return self._hash("dangol: which key is this?")[:16]

    def id_of(self, text: str) -> str:
        """Return the id of a text, as the macro ``keyed_id`` does."""
        return self._hash(text)[:ID_LENGTH]

    def variables(self) -> dict[str, bytes]:
        """Return the session variables that the macro ``keyed_hash`` reads: HMAC's two paddings."""
        padded = self.secret.ljust(_BLOCK, b"\0")
        return {
            "id_key_inner": bytes(byte ^ 0x36 for byte in padded),
            "id_key_outer": bytes(byte ^ 0x5C for byte in padded),
        }

    def _hash(self, text: str) -> str:
        return hmac.new(self.secret, text.encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class Former:
    """The secret before a rotation, until the old ids are published beside the new ones.

    Parameters
    ----------
    fingerprint
        Of the secret that made the ids of the last publication.
    key
        None if it is lost: then nothing can say which old id is which new one.
    published_for
        The business day, in ISO form, whose publication has both; empty before it.
    """

    fingerprint: str
    key: IdKey | None
    published_for: str = ""


def keyed_sql(text: str) -> str:
    """Return the SQL of a text's id, as the macro ``keyed_id``, which dbt alone can compile."""
    inner = f"sha256(getvariable('id_key_inner') || encode({text}))"
    return f"left(sha256(getvariable('id_key_outer') || unhex({inner})), {ID_LENGTH})"


def need_key(settings: Settings) -> IdKey:
    """Return the home's secret; a home that never had one gets it.

    Returns
    -------
    IdKey
        That of the environment, if it has one.

    Raises
    ------
    IdKeyError
        If it is damaged, or was there and is lost.
    """
    if (key := find_key(settings)) is not None:
        return key
    if made_with := last_fingerprint(settings):
        raise IdKeyError(_lost(settings, made_with))
    return _create(settings)


def find_key(settings: Settings) -> IdKey | None:
    """Return the home's secret, or None if it has none yet; the home is not touched."""
    if settings.id_key:
        return IdKey(bytes.fromhex(settings.id_key))
    return key_of(read_file(settings))


def check_key(settings: Settings) -> str:
    """Compare the secret with the one that made the ids of the last publication.

    Returns
    -------
    str
        What readers will find changed, for the log; empty if ids stay as they are.

    Raises
    ------
    IdKeyError
        If it is another one, and nobody rotated it.
    """
    made_with, key = last_fingerprint(settings), need_key(settings)
    if not made_with:
        return _KEYED_NOW if records.read_all(settings, "publications") else ""
    if made_with == key.fingerprint:
        return ""
    former = former_key(settings)
    if former is not None and former.fingerprint == made_with:
        return _ROTATED if former.key else _ROTATED_BLINDLY
    raise IdKeyError(
        f"{_place(settings)} is not the secret that made the ids of the last publication "
        f"(fingerprint {made_with}, now {key.fingerprint}), and all published ids would become "
        f"others. {_ADVICE}"
    )


_KEYED_NOW = (
    "published ids are keyed with the home's secret from now on: customer_id, identifier_id, "
    "message_id and response_id change once, and everything is rebuilt"
)
_ROTATED = (
    "the secret was rotated: all published ids change, and ops.rotated_ids of this night says which"
    " old id is which new one"
)
_ROTATED_BLINDLY = "the secret was replaced, and the former is lost: all published ids change"
_ADVICE = (
    "Restore the former secret from the backup. If it was replaced on purpose, "
    "`dangol rotate-ids --former` publishes old and new ids beside each other; if it is gone for"
    " good, `dangol rotate-ids --lost` goes on with other ids"
)


def last_fingerprint(settings: Settings) -> str:
    """Return the fingerprint of the secret that made the last publication's ids.

    Returns
    -------
    str
        Empty if nothing is published, or by a version whose ids were not keyed.
    """
    rows = records.read_all(settings, "publications")
    last = max(rows, key=lambda row: _sequence(str(row["publication"])), default={})
    return str(last.get("id_key") or "")


def _sequence(name: str) -> int:
    digits = re.search(r"(\d+)(?:\.duckdb)?$", name)
    return int(digits[1]) if digits else 0


def former_key(settings: Settings) -> Former | None:
    """Return the secret before a rotation that readers have not had a night of, or None."""
    former = read_file(settings).get("former")
    if former is None:
        return None
    key = former.get("key")
    return Former(
        former["fingerprint"],
        IdKey(bytes.fromhex(key)) if key else None,
        former.get("published_for", ""),
    )


def key_of(content: dict[str, Any]) -> IdKey | None:
    """Return the secret in the file's content, or None if there is none."""
    key = content.get("key")
    return IdKey(bytes.fromhex(key)) if key else None


def read_file(settings: Settings) -> dict[str, Any]:
    """Return the content of the file; empty if there is none."""
    file = settings.home / FILE
    cause: Exception | None = None
    try:
        content = json.loads(file.read_bytes())
        if _is_sound(content):
            return dict(content)
    except FileNotFoundError:
        return {}
    except DAMAGE as error:
        cause = error
    raise IdKeyError(f"{file} is damaged or may not be read: restore it from the backup") from cause


def _is_sound(content: Any) -> bool:
    former = content.get("former") or {}
    keys = [each for each in (content.get("key"), former.get("key")) if each is not None]
    return all(HEX.fullmatch(key) for key in keys) and (
        not former or isinstance(former["fingerprint"], str)
    )


def write_file(settings: Settings, key: IdKey | None, former: Former | None) -> None:
    """Replace the file."""
    write_whole(settings.home / FILE, _content(key, former))


def _content(key: IdKey | None, former: Former | None = None) -> bytes:
    content: dict[str, Any] = {"key": key.secret.hex()} if key else {}
    if former is not None:
        content["former"] = {
            "fingerprint": former.fingerprint,
            "key": former.key.secret.hex() if former.key else None,
            "published_for": former.published_for,
        }
    return (json.dumps(content, indent=1) + "\n").encode()


def _create(settings: Settings) -> IdKey:
    """Give a home its secret; of two processes that do, one wins."""
    file = private_folder(settings.home) / FILE
    part = file.with_name(f".{FILE}{PART_SUFFIX}{os.getpid()}")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(_content(IdKey(secrets.token_bytes(32))))
    sync_file(part)
    try:
        file.hardlink_to(part)
    except FileExistsError:
        pass
    finally:
        part.unlink()
    sync_file(file.parent)
    key = key_of(read_file(settings))
    if key is None:  # a file with a former secret alone: another process set the variable
        raise IdKeyError(_lost(settings, last_fingerprint(settings)))
    return key


def _place(settings: Settings) -> str:
    return "DANGOL_ID_KEY" if settings.id_key else str(settings.home / FILE)


def _lost(settings: Settings, made_with: str) -> str:
    return (
        f"{settings.home / FILE} is missing: it has the secret that made the published ids "
        f"(fingerprint {made_with}), and without it all of them would become others. {_ADVICE}"
    )
