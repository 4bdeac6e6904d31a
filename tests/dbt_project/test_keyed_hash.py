"""Ids in the database are what Python's hmac gives, and are never made without the secret."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dangol.build.key_plugin import give_key
from dangol.id_keys import IdKey

PUBLISHED_VECTORS = [  # RFC 4231, cases 1, 2 and 4
    (b"\x0b" * 20, "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    (
        b"Jefe",
        "what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
]


@pytest.fixture(scope="session")
def keyed_hash(compile_sql: Callable[[Sequence[str]], list[str]]) -> str:
    (compiled,) = compile_sql(["select {{ keyed_hash('given_text') }} as hash"])
    return f"{compiled} from (values (?)) as given (given_text)"


def hashed(query: str, secret: bytes, text: str) -> str:
    with duckdb.connect() as connection:
        give_key(connection, IdKey(secret))
        ((found,),) = connection.execute(query, [text]).fetchall()
    return str(found)


@pytest.mark.parametrize(("secret", "text", "expected"), PUBLISHED_VECTORS)
def test_the_database_gives_the_published_test_vectors(
    keyed_hash: str, secret: bytes, text: str, expected: str
) -> None:
    assert hashed(keyed_hash, secret, text) == expected


@settings(max_examples=50, deadline=None)
@given(secret=st.binary(min_size=32, max_size=32), text=st.text(st.characters(codec="utf-8")))
def test_the_database_gives_what_python_gives(keyed_hash: str, secret: bytes, text: str) -> None:
    text = text.replace("\0", "")
    expected = hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
    assert hashed(keyed_hash, secret, text) == expected
    assert IdKey(secret).id_of(text) == expected[:32]


def test_without_a_secret_no_id_is_made(keyed_hash: str) -> None:
    """Null, or a hash without a key, would look like an id."""
    with duckdb.connect() as connection, pytest.raises(duckdb.Error, match="no secret"):
        connection.execute(keyed_hash, ["900"]).fetchall()
