"""Of many files, those with a value that can't be read are found by halves."""

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from dangol.build.faulty_rows import unconvertible_rows

QUERY = "select _load_id, _row, cast(given as integer) as amount from received"
FILES = 40


class Counted:
    """Counts what a connection runs."""

    def __init__(self, build: duckdb.DuckDBPyConnection) -> None:
        self.build, self.count = build, 0

    def execute(self, *given: Any) -> duckdb.DuckDBPyConnection:
        self.count += 1
        return self.build.execute(*given)


@pytest.fixture
def build() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(
            f"""
            create schema ops;
            create table ops.loads as
            select format('l{{:02d}}', n) as load_id, format('f{{:02d}}', n) as file,
                'shop' as system,
                20 as rows_loaded, 0 as rows_quarantined, true as is_new, 'raw' as raw_file
            from range({FILES}) as r (n);
            create table received as
            select load_id as _load_id, n as _row, '1' as given
            from ops.loads cross join range(1, 21) as r (n);
            """
        )
        yield connection


def spoil(build: duckdb.DuckDBPyConnection, *places: tuple[int, int]) -> None:
    for file, row in places:
        build.execute(
            "update received set given = 'x' where _load_id = ? and _row >= ?",
            [f"l{file:02d}", row],
        )


@pytest.mark.parametrize("file", [0, 17, FILES - 1])
@pytest.mark.parametrize("row", [1, 13, 20])
def test_the_one_file_and_its_first_row_are_found_in_few_queries(
    build: duckdb.DuckDBPyConnection, file: int, row: int
) -> None:
    spoil(build, (file, row))
    counted: Any = Counted(build)
    assert unconvertible_rows(counted, QUERY) == [f"shop file f{file:02d}, row {row}, column given"]
    assert counted.count <= FILES / 2


def test_of_many_the_first_three_are_named(build: duckdb.DuckDBPyConnection) -> None:
    spoil(build, (30, 2), (3, 20), (5, 1), (4, 7), (39, 1))
    assert unconvertible_rows(build, QUERY) == [
        "shop file f03, row 20, column given",
        "shop file f04, row 7, column given",
        "shop file f05, row 1, column given",
    ]


def test_sound_rows_name_none(build: duckdb.DuckDBPyConnection) -> None:
    assert unconvertible_rows(build, QUERY) == []
