"""The rows that do not count: set aside by a staging model, or quarantined when read."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import duckdb
from markupsafe import Markup

from dangol import ledger
from dangol.build.warehouse import WarehouseError, open_build, open_memory
from dangol.night import Night
from dangol.publication.publish import SET_ASIDE
from dangol.settings import Settings
from pages.history import NIGHTS
from pages.sparkline import sparkline

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SetAside:
    """The rows that one staging model set aside for one reason.

    Parameters
    ----------
    rows, amount
        Tonight's; the amount is None for an entity without amounts.
    bars
        The rows of the last nights.
    """

    stream: str
    entity: str
    reason: str
    rows: int
    amount: Decimal | None
    bars: Markup


@dataclass(frozen=True)
class Quarantined:
    """Tonight's rows of one stream that were quarantined for one reason."""

    stream: str
    column: str
    reason: str
    rows: int
    load_id: str


def set_aside(settings: Settings, night: Night) -> list[SetAside] | None:
    """Return tonight's rows that were read and do not count, most rows first.

    Returns
    -------
    list of SetAside or None
        None if the build file can't say: it is missing, in use, or from before the models.
    """
    first = night.business_date - timedelta(days=NIGHTS - 1)
    try:
        with open_build(settings, read_only=True) as build:
            found = build.execute(
                f"from ({SET_ASIDE}) where load_date between $first and $last order by all",
                {"first": first, "last": night.business_date},
            ).fetchall()
    except (WarehouseError, duckdb.Error) as error:
        log.info("the rows that were set aside are not known: %s", type(error).__name__)
        return None
    nights: dict[tuple[str, ...], list[Any]] = {}
    for load_date, *key, rows, amount in found:
        place = (load_date - first).days
        nights.setdefault(tuple(key), [None] * NIGHTS)[place] = (rows, amount)
    said = f"Rows set aside in the last {NIGHTS} nights"
    tonight = [
        SetAside(
            stream=f"{system}.{stream}",
            entity=entity,
            reason=reason,
            rows=rows[-1][0],
            amount=rows[-1][1],
            bars=sparkline([each and float(each[0]) for each in rows], said, NIGHTS),
        )
        for (system, stream, entity, reason), rows in nights.items()
        if rows[-1]
    ]
    return sorted(tonight, key=lambda row: (-row.rows, row.stream, row.entity, row.reason))


def quarantined(settings: Settings, night: Night) -> list[Quarantined]:
    """Count tonight's quarantined rows by reason, which quotes no value; most rows first."""
    loads = ledger.read_ledger(settings, night=f"{night.business_date}")
    files = sorted({
        str(settings.home / load.quarantine_file) for load in loads if load.quarantine_file
    })  # fmt: skip
    return [Quarantined(*row) for row in _reasons(settings, files)] if files else []


def _reasons(settings: Settings, files: Sequence[str]) -> list[tuple[Any, ...]]:
    with open_memory(settings) as connection:
        return connection.execute(
            """
            select
                regexp_replace(load_id, '[.][0-9]+$', '') as stream,
                coalesce(column_name, ''), reason, count(*), min(load_id)
            from read_parquet(?, hive_partitioning = false)
            group by all order by 4 desc, 1, 2, 3
            """,
            [files],
        ).fetchall()
