"""Records what the build file was made from, and decides whether a night may continue it.

A build that can't be continued is deleted and rebuilt from the raw lake, which costs only time.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Collection
from importlib.metadata import version

import duckdb

from dangol.build.deliveries import visible_on
from dangol.build.load_days import load_days, need_all_rows, read_load_days
from dangol.build.project import project_digest
from dangol.build.warehouse import DamagedBuildError, open_build
from dangol.id_keys import IdKeyError, find_key, need_key
from dangol.ledger import Load
from dangol.model_facts import strategies
from dangol.night import Night
from dangol.settings import Settings

log = logging.getLogger(__name__)

_LAYOUT = 5
"""Increased when the tables of this module or of `dangol.build.stage` change."""


def can_continue(settings: Settings, night: Night, loads: Collection[Load]) -> bool:
    """Return whether the build file contains an earlier day's tables, built from the same inputs.

    Returns
    -------
    bool
        False if there is no build, if it is damaged or for a later day, if models, contracts, the
        time zone, DuckDB or the secret of ids have changed since, if it contains a load that the
        ledger lacks, or describes something by a file that has been corrected since, or comes from
        another day now.
    """
    if not settings.build_file.exists():
        return False
    try:
        with open_build(settings) as build:
            query = "select built_for, fingerprint from ops.build_state"
            ((built_for, built_with),) = build.execute(query).fetchall()
            describing, days = _describing(build), read_load_days(build)
            # including those of a failed night, which may have built tables from them
            seen = set(
                build.execute(
                    "select load_id, sha256 from ops.applied_loads union"
                    " select load_id, sha256 from ops.loads where status in ('loaded', 'empty')"
                ).fetchall()
            )
    except (duckdb.CatalogException, duckdb.BinderException):
        log.info("rebuilding: the build file is incomplete or from another version")
        return False
    except (DamagedBuildError, duckdb.Error) as error:
        log.warning("rebuilding: the build file can't be read (%s)", type(error).__name__)
        return False
    if built_with != fingerprint(settings):
        log.info(
            "rebuilding: models, contracts, the time zone, DuckDB or the secret of ids have changed"
        )
        return False
    if built_for > night.business_date:
        log.info("rebuilding: the build is for %s, a later day", built_for)
        return False
    # a batch that was removed from the lake is reloaded under other numbers
    unknown = seen - {(load.load_id, load.sha256) for load in loads}
    if unknown:
        log.info("rebuilding: the build contains %d loads that the ledger lacks", len(unknown))
        return False
    if need_all_rows(days, load_days(visible_on(loads, night.business_date)), describing):
        # without its rows those before them count, which only the lake has
        log.info("rebuilding: a file that describes something is withdrawn, or of another day")
        return False
    return True


def _describing(build: duckdb.DuckDBPyConnection) -> set[str]:
    """Return the loads whose rows are the latest of what they describe."""
    tables = build.execute(
        "select table_name from duckdb_tables() where schema_name = 'cleaned'"
        " and list_contains(?, table_name)",
        [[f"int_{name}_received" for name, kind in strategies().items() if kind == "latest"]],
    ).fetchall()
    found = set()
    for (table,) in tables:
        rows = build.execute(f"select distinct _load_id from cleaned.{table}").fetchall()
        found |= {load_id for (load_id,) in rows}
    return found


def discard_build(settings: Settings) -> None:
    """Delete the build file."""
    # its write-ahead log first: DuckDB would replay a leftover into the next build
    settings.build_file.with_suffix(".duckdb.wal").unlink(missing_ok=True)
    settings.build_file.unlink(missing_ok=True)


def write_state(build: duckdb.DuckDBPyConnection, settings: Settings, night: Night) -> bool:
    """Record what the build is made from.

    Returns
    -------
    bool
        Whether the build has not applied any load yet, so that all are new to it.
    """
    key = need_key(settings)
    build.execute(
        "create table if not exists ops.applied_loads (load_id varchar primary key, sha256 varchar)"
    )
    build.execute(
        "create or replace table ops.build_state as"
        " select ?::date as built_for, ? as fingerprint, ? as id_key",
        [night.business_date, fingerprint(settings), key.fingerprint],
    )
    build.execute("create table if not exists ops.applied_until (business_date date)")
    return build.execute("from ops.applied_loads limit 1").fetchall() == []


def mark_applied(build: duckdb.DuckDBPyConnection) -> None:
    """Record that the build has applied every load that was new to it.

    Called once the night has published. A night that stops before that finds its loads new again,
    and every model may see the same rows twice.
    """
    build.execute("begin")
    build.execute(
        "insert or ignore into ops.applied_loads select load_id, sha256 from ops.loads where is_new"
    )
    build.execute("update ops.loads set is_new = false where is_new")
    build.execute(
        "create or replace table ops.applied_until as select business_date from ops.current_run"
    )
    build.execute("commit")


def need_same_key(build: duckdb.DuckDBPyConnection, settings: Settings) -> str:
    """Compare the secret that made the build's ids with the home's.

    Returns
    -------
    str
        Its fingerprint.

    Raises
    ------
    IdKeyError
        If the home has another one now.
    """
    ((built_with,),) = build.execute("select id_key from ops.build_state").fetchall()
    if built_with != need_key(settings).fingerprint:
        raise IdKeyError(
            "nothing was published: the secret of ids was replaced while the night ran. Run the "
            "night again"
        )
    return str(built_with)


def fingerprint(settings: Settings) -> str:
    """Return a SHA-256 of everything besides the rows that the tables depend on."""
    key = find_key(settings)
    facts = (
        f"{_LAYOUT} {duckdb.__version__} {version('dbt-core')} {version('dbt-duckdb')} "
        f"{settings.company.timezone} {settings.company.currency} {key.fingerprint if key else ''}"
    )
    return hashlib.sha256((facts + project_digest(settings)).encode()).hexdigest()
