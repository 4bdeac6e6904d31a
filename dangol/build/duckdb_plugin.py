"""Prepares the connections that dbt opens as `dangol.build.warehouse` prepares its own."""

from __future__ import annotations

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin

from dangol.build.warehouse import load_encryption


class Plugin(BasePlugin):  # type: ignore[misc] # dbt-duckdb has no types
    """Named in ``dbt_project/profiles.yml``."""

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Make encrypted spilling possible.

        Parameters
        ----------
        conn
            Just opened.
        """
        load_encryption(conn)
