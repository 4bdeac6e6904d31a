import json
from collections.abc import Callable
from datetime import date

import duckdb
import pytest

from dangol import layers, records
from dangol.build.checksum import schema_checksums
from dangol.build.published import open_published
from dangol.files import sha256_of
from dangol.id_keys import IdKey
from dangol.night import Night
from dangol.publication import writing
from dangol.publication.dictionary import TableEntry, published_tables
from dangol.publication.publish import publish
from dangol.publication.store import current_publication, list_publications
from dangol.publication.writing import PublishError
from dangol.settings import Settings
from tests.id_key import SECRET


def customers(settings: Settings) -> int:
    with open_published(settings) as published:
        ((count,),) = published.execute("select count(*) from customer_view.customers").fetchall()
    return int(count)


def test_readers_get_every_declared_table_with_its_comments(
    small_home: Settings, tonight: Night, fill_build: Callable[..., None]
) -> None:
    fill_build(tonight, 3)
    assert publish(small_home, tonight) == {
        "publication": "2017-12-31-0001",
        "is_current": True,
    }
    with open_published(small_home) as published:
        schemas = published.execute("select distinct schema_name from duckdb_tables()").fetchall()
        tables = published.execute(
            "select schema_name || '.' || table_name, comment from duckdb_tables()"
        ).fetchall()
        columns = published.execute(
            "select schema_name || '.' || table_name, column_name, comment from duckdb_columns()"
            " where not internal order by column_index"
        ).fetchall()
    assert {schema for (schema,) in schemas} == {*layers.PUBLISHED, layers.OPS}
    assert dict(tables) == {table.full_name: table.description for table in published_tables()}
    for table in published_tables():
        own = [(name, comment) for of, name, comment in columns if of == table.full_name]
        assert own == list(table.columns.items())


def test_columns_and_tables_that_are_not_declared_stay_in_the_build(
    small_home: Settings, tonight: Night, fill_build: Callable[..., None]
) -> None:
    fill_build(tonight, 1)
    with duckdb.connect(small_home.build_file) as build:
        build.execute("alter table aggregated.fct_orders add column identifier_value varchar")
        build.execute("create table cleaned.secrets as select 1 as n")
        build.execute("create table customer_view.int_secrets as select 1 as n")
        build.execute("create table ops.secrets as select 1 as n")
    publish(small_home, tonight)
    with open_published(small_home) as published:
        found = published.execute(
            "select 1 from duckdb_columns() where column_name = 'identifier_value'"
            " union all select 1 from duckdb_tables() where table_name like '%secrets'"
        ).fetchall()
    assert found == []


def test_the_manifest_says_what_the_file_is(
    small_home: Settings, tonight: Night, fill_build: Callable[..., None]
) -> None:
    fill_build(tonight, 3)
    publish(small_home, tonight)
    (publication,) = list_publications(small_home)
    file = small_home.publications / "2017-12-31-0001" / "dangol.duckdb"
    assert publication == current_publication(small_home)
    assert (publication.name, publication.sequence) == (file.parent.name, 1)
    assert (publication.business_date, publication.run_id) == ("2017-12-31", "night-2017-12-31")
    assert publication.sha256 == sha256_of(file)
    assert file.stat().st_mode & 0o777 == 0o400
    (row,) = records.read(small_home, "publications", tonight.business_date)
    assert row == {
        "part": file.parent.name,
        "business_date": "2017-12-31",
        "publication": file.parent.name,
        "run_id": "night-2017-12-31",
        "content_checksum": publication.content_checksum,
        "customers": 3,
        "id_key": IdKey(SECRET).fingerprint,
    }


def test_the_same_tables_are_not_published_twice(
    small_home: Settings, tonight: Night, fill_build: Callable[..., None]
) -> None:
    fill_build(tonight, 3)
    first = publish(small_home, tonight)
    fill_build(tonight, 3)
    assert publish(small_home, tonight) == first
    assert len(list_publications(small_home)) == 1


def test_other_tables_of_the_same_night_are_a_publication_of_their_own(
    small_home: Settings, tonight: Night, fill_build: Callable[..., None]
) -> None:
    fill_build(tonight, 3)
    publish(small_home, tonight)
    fill_build(tonight, 4)
    assert publish(small_home, tonight)["publication"] == "2017-12-31-0002"
    assert customers(small_home) == 4


def test_the_same_tables_of_another_night_are_another_publication(
    small_home: Settings, last_night: Night, tonight: Night, fill_build: Callable[..., None]
) -> None:
    fill_build(last_night, 3)
    publish(small_home, last_night)
    with duckdb.connect(small_home.build_file) as build:
        build.execute("update ops.current_run set business_date = '2017-12-31'")
    assert publish(small_home, tonight)["publication"] == "2017-12-31-0002"


def test_readers_are_not_sent_back_to_an_earlier_day(
    small_home: Settings, last_night: Night, tonight: Night, fill_build: Callable[..., None]
) -> None:
    fill_build(tonight, 3)
    publish(small_home, tonight)
    fill_build(last_night, 2)
    assert publish(small_home, last_night) == {
        "publication": "2017-12-30-0002",
        "is_current": False,
        "why_not": "2017-12-31-0001, of a later business day, is current; "
        "`dangol rollback 2017-12-30` would switch to tonight's",
    }
    assert customers(small_home) == 3


def test_loads_are_taken_in_once_the_night_is_published(
    small_home: Settings, tonight: Night, fill_build: Callable[..., None]
) -> None:
    fill_build(tonight, 1)
    publish(small_home, tonight)
    with duckdb.connect(small_home.build_file) as build:
        assert build.execute("from ops.applied_loads").fetchall() == [("till.lines.000001", "abc")]
        assert build.execute("select count(*) from ops.loads where is_new").fetchall() == [(0,)]


def test_a_copy_that_differs_is_not_published(
    small_home: Settings,
    last_night: Night,
    tonight: Night,
    fill_build: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fill_build(last_night, 3)
    publish(small_home, last_night)
    fill_build(tonight, 4)
    copy_table = writing._copy_table

    def lose_a_row(build: duckdb.DuckDBPyConnection, table: TableEntry) -> None:
        copy_table(build, table)
        if table.full_name == "customer_view.customers":
            build.execute(
                "delete from publication.customer_view.customers where customer_id = 'c1'"
            )

    monkeypatch.setattr(writing, "_copy_table", lose_a_row)
    with pytest.raises(PublishError, match=r"customer_view\.customers"):
        publish(small_home, tonight)
    assert customers(small_home) == 3
    with duckdb.connect(small_home.build_file) as build:
        assert build.execute("select count(*) from ops.loads where is_new").fetchall() == [(1,)]
    monkeypatch.undo()
    publish(small_home, tonight)
    assert customers(small_home) == 4
    assert sorted(each.name for each in small_home.publications.iterdir()) == [
        "2017-12-30-0001",
        "2017-12-31-0002",
    ]


def test_records_of_tonight_and_before_are_published_and_none_of_later_nights(
    small_home: Settings, tonight: Night, fill_build: Callable[..., None]
) -> None:
    for day, failures in ((date(2017, 12, 30), 1), (date(2017, 12, 31), 2), (date(2018, 1, 1), 3)):
        row = {"run_id": "r", "kind": "test", "model": "m", "failures": failures}
        records.record(small_home, "model_runs", day, "cleaned", [row])
    fill_build(tonight, 1)
    publish(small_home, tonight)
    with open_published(small_home) as published:
        rows = published.execute(
            "select business_date, part, run_id, failures, seconds from ops.model_runs order by all"
        ).fetchall()
        own = published.execute("select publication, customers from ops.publications").fetchall()
    assert rows == [
        (date(2017, 12, 30), "cleaned", "r", 1, None),
        (date(2017, 12, 31), "cleaned", "r", 2, None),
    ]
    assert own == [("2017-12-31-0001", 1)]


def test_the_checksum_of_the_content_is_of_customer_view_aggregated_and_ml(
    small_home: Settings, tonight: Night, fill_build: Callable[..., None]
) -> None:
    fill_build(tonight, 3)
    publish(small_home, tonight)
    before = list_publications(small_home)[0].content_checksum
    with duckdb.connect(small_home.build_file) as build:
        build.execute("update ops.loads set finished_at_utc = '2017-12-31 23:00:00'")
    publish(small_home, tonight)
    assert [each.content_checksum for each in list_publications(small_home)] == [before]
    records.record(small_home, "ml.deciles", tonight.business_date, "spend", [{"decile": 1}])
    publish(small_home, tonight)
    assert len({each.content_checksum for each in list_publications(small_home)}) == 2


def test_a_published_file_holds_nothing_that_was_deleted_before(
    small_home: Settings, tonight: Night, fill_build: Callable[..., None]
) -> None:
    fill_build(tonight, 3)
    with duckdb.connect(small_home.build_file) as build:
        build.execute(
            "insert into aggregated.fct_orders (order_id)"
            " select 'ERASED-' || n || repeat(md5(n::varchar), 20) from range(2000) as r (n)"
        )
        build.execute("checkpoint")
        build.execute("delete from aggregated.fct_orders where order_id like 'ERASED-%'")
    publish(small_home, tonight)
    assert b"ERASED-" in small_home.build_file.read_bytes()
    assert b"ERASED-" not in small_home.published_file.read_bytes()


def test_published_tables_have_the_checksums_of_the_build(
    small_home: Settings, tonight: Night, fill_build: Callable[..., None]
) -> None:
    fill_build(tonight, 3)
    publish(small_home, tonight)
    with duckdb.connect(small_home.build_file) as build:
        built = schema_checksums(build, layers.PUBLISHED)
    with open_published(small_home) as published:
        assert schema_checksums(published, layers.PUBLISHED) == built
    manifest = json.loads(
        (small_home.publications / "2017-12-31-0001" / "publication.json").read_text(
            encoding="utf-8"
        )
    )
    assert len(manifest["content_checksum"]) == 64
