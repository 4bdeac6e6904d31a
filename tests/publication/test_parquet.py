"""What has no DuckDB reads the published tables too: the same rows, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from dangol.files import sha256_of
from dangol.night import Night
from dangol.publication import writing
from dangol.publication.dictionary import published_tables
from dangol.publication.pruning import prune
from dangol.publication.publish import publish
from dangol.publication.store import list_publications, verify
from dangol.publication.writing import PublishError
from dangol.settings import Settings, SettingsError


@pytest.fixture
def settings(small_home: Settings) -> Settings:
    return replace(small_home, has_parquet=True)


def folder_of(settings: Settings) -> Path:
    (publication,) = list_publications(settings)
    return publication.file(settings).parent / "parquet"


def test_every_published_table_is_a_parquet_file_in_the_same_folder(
    settings: Settings, tonight: Night, fill_build: Callable[..., None]
) -> None:
    fill_build(tonight, 3)
    publish(settings, tonight)
    (publication,) = list_publications(settings)
    folder = publication.file(settings).parent
    assert sorted(publication.files) == sorted(
        f"parquet/{table.schema}/{table.name}.parquet" for table in published_tables()
    )
    for path, sha256 in publication.files.items():
        assert sha256_of(folder / path) == sha256
        assert (folder / path).stat().st_mode & 0o777 == 0o400
    verify(settings, publication)
    with duckdb.connect(publication.file(settings), read_only=True) as published:
        for table in published_tables():
            file = folder_of(settings) / table.schema / f"{table.name}.parquet"
            left_over = published.execute(
                f"(from {table.full_name} except all from read_parquet('{file}')) union all"
                f" (from read_parquet('{file}') except all from {table.full_name})"
            ).fetchall()
            assert left_over == []
            assert [
                name for name, *_ in published.execute(f"describe {table.full_name}").fetchall()
            ] == [
                name
                for name, *_ in published.execute(
                    f"describe from read_parquet('{file}')"
                ).fetchall()
            ]


def test_columns_that_are_not_declared_are_in_no_parquet_file(
    settings: Settings, tonight: Night, fill_build: Callable[..., None]
) -> None:
    fill_build(tonight, 1)
    with duckdb.connect(settings.build_file) as build:
        build.execute("alter table ops.loads add column identifier_value varchar")
        build.execute("create table customer_view.int_secrets as select 'PERSONAL' as n")
        build.execute("update ops.loads set identifier_value = 'PERSONAL'")
    publish(settings, tonight)
    files = [each for each in folder_of(settings).rglob("*") if each.is_file()]
    assert {each.stem for each in files} == {table.name for table in published_tables()}
    for file in files:
        assert b"PERSONAL" not in file.read_bytes()
        assert b"identifier_value" not in file.read_bytes()


def test_pandas_reads_them(
    settings: Settings, tonight: Night, fill_build: Callable[..., None]
) -> None:
    fill_build(tonight, 3)
    publish(settings, tonight)
    frame = pd.read_parquet(folder_of(settings) / "customer_view" / "customers.parquet")
    assert sorted(frame["customer_id"]) == ["c0", "c1", "c2"]
    assert list(frame["net_amount"]) == [Decimal("10.5000")] * 3


def test_a_night_that_was_published_without_is_published_again_with_them(
    settings: Settings, small_home: Settings, tonight: Night, fill_build: Callable[..., None]
) -> None:
    fill_build(tonight, 3)
    first = publish(small_home, tonight)
    assert list_publications(small_home)[0].files == {}
    second = publish(settings, tonight)
    assert second["publication"] != first["publication"]
    assert publish(settings, tonight) == second
    assert publish(small_home, tonight) == second


def test_a_parquet_file_that_differs_from_its_table_is_not_published(
    settings: Settings,
    tonight: Night,
    fill_build: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fill_build(tonight, 3)
    checksum = writing.table_checksum

    def differ(build: duckdb.DuckDBPyConnection, table: str) -> str:
        return checksum(build, table) + ("x" if "read_parquet" in table else "")

    monkeypatch.setattr(writing, "table_checksum", differ)
    with pytest.raises(PublishError, match=r"Parquet file of a table differs .* DANGOL_PARQUET"):
        publish(settings, tonight)
    assert not settings.published_file.exists()
    monkeypatch.undo()
    publish(settings, tonight)
    assert [each.name for each in settings.publications.iterdir()] == ["2017-12-31-0001"]


def test_a_night_that_is_killed_among_them_starts_over(
    settings: Settings, tonight: Night, fill_build: Callable[..., None]
) -> None:
    fill_build(tonight, 3)
    process = os.fork()
    if not process:
        os.environ["DANGOL_CRASH_AT"] = "publish.parquet_written"
        publish(settings, tonight)
        os._exit(0)
    assert os.WIFSIGNALED(os.waitpid(process, 0)[1])
    assert [each.name for each in settings.publications.iterdir()] == ["2017-12-31-0001"]
    assert list_publications(settings) == []
    publish(settings, tonight)
    verify(settings, list_publications(settings)[0])
    assert [each.name for each in settings.publications.iterdir()] == ["2017-12-31-0001"]


def test_they_are_deleted_with_their_publication(
    settings: Settings, fill_build: Callable[..., None]
) -> None:
    from datetime import date

    for day in (27, 28, 29, 30):
        night = Night.of(date(2017, 12, day), settings.company)
        fill_build(night, 1)
        publish(settings, night)
    assert prune(settings) == []
    assert sorted(each.name for each in settings.publications.iterdir()) == [
        "2017-12-28-0002",
        "2017-12-29-0003",
        "2017-12-30-0004",
    ]


def test_the_setting_is_yes_or_no(tmp_path: Path) -> None:
    def parquet(**given: str) -> bool:
        return Settings.from_environment({"DANGOL_HOME": str(tmp_path), **given}).has_parquet

    assert parquet() is False
    assert parquet(DANGOL_PARQUET="") is False
    assert parquet(DANGOL_PARQUET="yes") is True
    with pytest.raises(SettingsError, match="DANGOL_PARQUET is 'true'; it must be yes or no"):
        parquet(DANGOL_PARQUET="true")
