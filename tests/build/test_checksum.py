from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from dangol.build.checksum import (
    portable_checksums,
    portable_query,
    schema_checksums,
    table_checksum,
)


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


def checksum_of(connection: duckdb.DuckDBPyConnection, select: str) -> str:
    connection.execute(f"create or replace table t as {select}")
    return table_checksum(connection, "t")


def test_order_of_rows_and_columns_does_not_count(connection: duckdb.DuckDBPyConnection) -> None:
    first = checksum_of(connection, "select * from (values (1, 'a'), (2, 'b')) as v (n, x)")
    assert first.startswith("2-")
    assert first == checksum_of(connection, "select x, n from (values (2, 'b'), (1, 'a')) v (n, x)")


@pytest.mark.parametrize(
    "other",
    [
        "select 1 as n, 'a' as x",
        "select * from (values (1, 'a'), (2, 'b'), (2, 'b')) as v (n, x)",
        "select * from (values (1, 'b'), (2, 'a')) as v (n, x)",
        "select * from (values (1, 'a'), (2, null)) as v (n, x)",
        "select * from (values (1, 'a'), (null, 'b')) as v (n, x)",
        "select * from (values (1, 'a'), (2, '')) as v (n, x)",
        "select * from (values (1, 'a'), (2, 'b ')) as v (n, x)",
        "select * from (values (1, 'a'), (2, 'B')) as v (n, x)",
    ],
)
def test_every_difference_counts(connection: duckdb.DuckDBPyConnection, other: str) -> None:
    first = checksum_of(connection, "select * from (values (1, 'a'), (2, 'b')) as v (n, x)")
    assert checksum_of(connection, other) != first


def test_a_null_is_told_from_its_place(connection: duckdb.DuckDBPyConnection) -> None:
    left = checksum_of(connection, "select null::varchar as x, 'a' as y")
    assert left != checksum_of(connection, "select 'a' as x, null::varchar as y")


def test_two_equal_rows_do_not_cancel_out(connection: duckdb.DuckDBPyConnection) -> None:
    rows = ["(1)", "(1), (1)", "(1), (1), (1)", "(1), (1), (1), (1)"]
    checksums = {checksum_of(connection, f"select * from (values {each}) v (n)") for each in rows}
    assert len(checksums) == 4


def test_an_empty_table_has_a_checksum(connection: duckdb.DuckDBPyConnection) -> None:
    assert checksum_of(connection, "select 1 as n where false") == "0-0"


def test_columns_can_be_left_out(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("create table a as select 1 as n, 10 as at")
    connection.execute("create table b as select 1 as n, 20 as at")
    assert table_checksum(connection, "a") != table_checksum(connection, "b")
    assert table_checksum(connection, "a", ["at"]) == table_checksum(connection, "b", ["at"])


def test_threads_do_not_count(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("create table t as select n, n % 7 as m from range(300000) as r (n)")
    checksums = set()
    for threads in (1, 4):
        connection.execute(f"set threads = {threads}")
        checksums.add(table_checksum(connection, "t"))
    assert len(checksums) == 1


def test_tables_and_views_of_the_named_schemas_are_listed(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    connection.execute(
        """
        create schema kept; create schema other;
        create table kept.b as select 1 as n; create view kept.a as select 2 as n;
        create table other.c as select 3 as n;
        """
    )
    found = schema_checksums(connection, ["kept"])
    assert list(found) == ["kept.a", "kept.b"]
    assert found["kept.a"] == table_checksum(connection, "kept.a")

    # a table of the same name in an attached file is another table
    connection.execute(f"attach '{tmp_path / 'copy.duckdb'}' as copy; create schema copy.kept;")
    connection.execute("create table copy.kept.b as select 1 as n")
    assert schema_checksums(connection, ["kept"], catalog="copy") == {"kept.b": found["kept.b"]}
    assert schema_checksums(connection, ["kept"]) == found


EVERY_TYPE = """
    select
        1 as whole, 2::hugeint as wide, '한글' as text,
        true as is_so, 1.50::decimal(18, 2) as money,
        0.1::double as share, date '2017-01-01' as day, timestamp '2017-01-01 12:00:00' as moment,
        ['a', null, 'b'] as list
"""


def portable_of(connection: duckdb.DuckDBPyConnection, select: str) -> str:
    connection.execute(f"create schema if not exists s; create or replace table s.t as {select}")
    return portable_checksums(connection, ["s"])["s.t"]


def test_the_portable_checksum_is_the_same_in_every_version(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    """Spark gives this very number too: tests/two_engines asks it."""
    assert portable_of(connection, EVERY_TYPE) == PORTABLE_OF_EVERY_TYPE


PORTABLE_OF_EVERY_TYPE = "1-1006646421905075202"


@pytest.mark.parametrize(
    ("column", "other"),
    [
        ("whole", "2"), ("wide", "null"), ("text", "'한글 '"), ("text", "''"), ("is_so", "false"),
        ("money", "1.51"), ("share", "0.100000001"), ("share", "-0.1"),
        ("share", "1e15 + 0.125"), ("day", "date '2017-01-02'"),
        ("moment", "timestamp '2017-01-01 12:00:00.000001'"), ("list", "['a', 'b', null]"),
        ("list", "['a', '~', 'b']"), ("list", "null"), ("list", "[]"),
    ],
)  # fmt: skip
def test_every_difference_counts_in_the_portable_checksum(
    connection: duckdb.DuckDBPyConnection, column: str, other: str
) -> None:
    changed = f"select * replace ({other} as {column}) from ({EVERY_TYPE})"
    assert portable_of(connection, changed) != portable_of(connection, EVERY_TYPE)


def test_the_portable_checksum_does_not_see_order_scale_or_noise(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    first = portable_of(connection, f"{EVERY_TYPE} union all {EVERY_TYPE}")
    assert first.startswith("2-")
    same = "select * exclude (money, share), 1.5::decimal(9, 1) as money, 0.1 + 1e-17 as share"
    both = f"{same} from ({EVERY_TYPE}) union all {same} from ({EVERY_TYPE})"
    assert portable_of(connection, both) == first
    assert portable_of(connection, f"select * from ({EVERY_TYPE}) where false") == "0-0"


def test_a_type_without_a_portable_text_is_refused() -> None:
    with pytest.raises(ValueError, match="has the type struct"):
        portable_query("t", [("a", "STRUCT(b INTEGER)")])
