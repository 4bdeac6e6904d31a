"""Writes several batches at a time, and hands them over in their order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import TypeVar

import duckdb

_Batch = TypeVar("_Batch")
_Written = TypeVar("_Written")


def written_in_order(
    batches: Iterator[_Batch],
    write: Callable[[duckdb.DuckDBPyConnection, _Batch], _Written],
    connections: Sequence[duckdb.DuckDBPyConnection],
) -> Iterator[_Written]:
    """Write batches in threads, while another thread prepares the next one.

    Parameters
    ----------
    write
        Called with a connection that no other thread uses meanwhile.
    connections
        As many as batches may be written at a time.

    Yields
    ------
    object
        What `write` returned, in the order of the batches. If a batch can't be prepared, the ones
        before it are yielded first. After an error of `write` nothing more is yielded, though later
        batches may have been written.
    """
    free: SimpleQueue[duckdb.DuckDBPyConnection] = SimpleQueue()
    for connection in connections:
        free.put(connection)

    def written(batch: _Batch) -> _Written:
        connection = free.get()
        try:
            return write(connection, batch)
        finally:
            free.put(connection)

    def prepared() -> _Batch | Exception | None:
        try:
            return next(batches, None)
        except Exception as error:
            return error

    def submitted(batch: _Batch) -> Future[_Written]:
        if len(connections) > 1:
            return writing.submit(written, batch)
        done: Future[_Written] = Future()  # one writer needs no thread of its own
        done.set_result(written(batch))
        return done

    under_way: deque[Future[_Written]] = deque()
    with ThreadPoolExecutor(1) as preparing, ThreadPoolExecutor(len(connections)) as writing:
        following = preparing.submit(prepared)
        while (batch := following.result()) is not None and not isinstance(batch, Exception):
            following = preparing.submit(prepared)
            under_way.append(submitted(batch))
            if len(under_way) >= len(connections):
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    if isinstance(batch, Exception):
        raise batch
