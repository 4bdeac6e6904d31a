"""Batches that are written side by side are handed over in their order."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import duckdb
import pytest

from dangol.extract.writers import written_in_order


@pytest.fixture
def connections() -> list[duckdb.DuckDBPyConnection]:
    return [duckdb.connect() for _ in range(2)]


def test_a_slow_batch_is_not_overtaken(connections: list[duckdb.DuckDBPyConnection]) -> None:
    second_is_done = threading.Event()

    def write(connection: duckdb.DuckDBPyConnection, batch: int) -> int:
        if batch == 1:
            assert second_is_done.wait(10), "the second batch was not written meanwhile"
        if batch == 2:
            second_is_done.set()
        return batch * 10

    written = list(written_in_order(iter(range(1, 8)), write, connections))
    assert written == [10, 20, 30, 40, 50, 60, 70]


def test_a_connection_is_never_used_twice_at_a_time(
    connections: list[duckdb.DuckDBPyConnection],
) -> None:
    used: set[int] = set()

    def write(connection: duckdb.DuckDBPyConnection, batch: int) -> int:
        assert id(connection) not in used
        used.add(id(connection))
        threading.Event().wait(0.005)
        used.remove(id(connection))
        return batch

    assert list(written_in_order(iter(range(1, 30)), write, connections)) == list(range(1, 30))


def test_after_an_error_nothing_later_is_handed_over(
    connections: list[duckdb.DuckDBPyConnection],
) -> None:
    def write(connection: duckdb.DuckDBPyConnection, batch: int) -> int:
        if batch == 3:
            raise ValueError("three")
        return batch

    written = written_in_order(iter(range(1, 9)), write, connections)
    assert [next(written), next(written)] == [1, 2]
    with pytest.raises(ValueError, match="three"):
        next(written)
    assert list(written) == []


def test_what_was_prepared_before_an_error_is_handed_over_first(
    connections: list[duckdb.DuckDBPyConnection],
) -> None:
    def batches() -> Iterator[int]:
        yield 1
        yield 2
        raise ValueError("three")

    written = written_in_order(batches(), lambda connection, batch: batch, connections)
    assert [next(written), next(written)] == [1, 2]
    with pytest.raises(ValueError, match="three"):
        next(written)


def test_one_writer_writes_in_the_thread_that_asks(
    connections: list[duckdb.DuckDBPyConnection],
) -> None:
    threads = list(
        written_in_order(
            iter(range(3)), lambda connection, batch: threading.get_ident(), connections[:1]
        )
    )
    assert threads == [threading.get_ident()] * 3
