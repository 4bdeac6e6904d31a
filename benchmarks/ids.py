"""The secret of ids in a benchmark's homes: a public one, so that another program can make them."""

from __future__ import annotations

from dangol.id_keys import IdKey

SECRET = "00" * 32
KEY = IdKey(bytes.fromhex(SECRET))
