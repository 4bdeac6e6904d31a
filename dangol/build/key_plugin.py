"""Gives dbt's connections the secret that ids are made with, as session variables.

dbt-duckdb loads it by its name in ``profiles.yml``. The secret is bound as a parameter, so it is in
no SQL, no profile and no environment variable that dbt could write down.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from dangol.id_keys import IdKey
from dangol.variables import secret_key

if TYPE_CHECKING:
    import duckdb

_handed_over: list[IdKey] = []


def hand_over(key: IdKey) -> None:
    """Let dbt's connections of this process have a secret, from now on."""
    _handed_over[:] = [key]


def give_key(connection: duckdb.DuckDBPyConnection, key: IdKey) -> None:
    """Set the session variables that the macro ``keyed_hash`` reads."""
    for name, value in key.variables().items():
        connection.execute(f"set variable {name} = $1", [value])


class Plugin:
    """What dbt-duckdb asks of a plugin; not a subclass of its own, which takes a second to import.

    Without a secret that was handed over, as when dbt is run by hand, ``DANGOL_ID_KEY`` has it, or
    ids can't be made.
    """

    def __init__(self, name: str, plugin_config: dict[str, Any], credentials: Any = None) -> None:
        self.name = name

    def update_connection_config(self, creds: Any, config: dict[str, Any]) -> None:
        """Change nothing."""

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Change nothing: variables belong to a cursor."""

    def configure_cursor(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Give a cursor the secret."""
        by_hand = secret_key(os.environ, "DANGOL_ID_KEY")
        keys = _handed_over or ([IdKey(bytes.fromhex(by_hand))] if by_hand else [])
        for key in keys:
            give_key(cursor, key)
