"""Writes a company's files for some days: in chunks of days, with several workers.

A chunk is a few consecutive days whose facts are computed together. The bytes depend neither on how
days are divided into chunks nor on which worker writes them.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from queue import Empty, Queue
from tempfile import TemporaryDirectory

import numpy as np

from dangol.scratch import open_scratch
from simulator.company import SimulationError, day_number
from simulator.day import Order, Written, arrivals, write_day
from simulator.incidents import LATEST_ARRIVAL
from simulator.night import Night
from simulator.systems import load_systems
from simulator.truth import write_block_truth, write_world
from simulator.words.vocabulary import create_vocabulary
from simulator.world.fact_columns import Span
from simulator.world.facts import load_facts
from simulator.world.histories import begin_with, write_history
from simulator.world.people import block_numbers
from simulator.world.sessions import counted_since

__all__ = ["Order", "Written", "simulate"]

PERSON_DAYS = 2_000_000
"""Person-days in a chunk: enough to share the work on earlier days, few enough for memory."""

MEMORY = "1300MB"
"""DuckDB's limit in one worker; more is spilled to the disk."""

KEPT_MEMORY = "600MB"
"""How much of that DuckDB does not release."""


def simulate(
    order: Order, workers: int = 1, report: Callable[[Written], None] = lambda _: None
) -> list[Written]:
    """Write the exports of some days.

    Parameters
    ----------
    workers
        The number of processes.
    report
        Called after each day, in the order of completion.

    Returns
    -------
    list of Written
        In the order of the days.

    Raises
    ------
    SimulationError
        If the days are out of order or before the company opened.
    """
    if order.last_date < order.first_date:
        raise SimulationError(
            f"{order.first_date} to {order.last_date} ends before it begins; swap the dates"
        )
    if order.first_date < order.company.opened:
        raise SimulationError(
            f"the company opened on {order.company.opened}; begin on that day or later"
        )
    list(load_systems(order.systems))
    order.truth.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_world(order.company, order.truth)
    written: list[Written] = []

    def end(day: Written) -> None:
        report(day)
        written.append(day)

    if workers == 1:
        for day in write_late(order):
            end(day)
        for chunk in cut(order):
            for day in write_chunk(chunk):
                end(day)
        for number in block_numbers(order.company):
            _write_truth(order, number)
    else:
        _write_by_workers(order, workers, end)
    return sorted(written, key=lambda each: each.day)


def _write_by_workers(order: Order, workers: int, end: Callable[[Written], None]) -> None:
    """Write the days with several processes; ``end`` is called after each day."""
    spawning = get_context("spawn")
    with (
        TemporaryDirectory("", ".simulating-", order.truth, ignore_cleanup_errors=True) as name,
        spawning.Manager() as shared,
        ProcessPoolExecutor(workers, spawning, begin_with, (Path(name),)) as pool,
    ):
        days = shared.Queue()
        try:
            if _counts_sessions(order.systems):
                # the history since the opening is computed once for all of them
                early = replace(order, first_date=order.first_date - timedelta(LATEST_ARRIVAL))
                eve = counted_since(order.company, _span(early)) - 1
                told = partial(write_history, order.company, last=eve, folder=Path(name))
                list(pool.map(told, block_numbers(order.company)))
            parts = {pool.submit(_put_each, write_late, order, days)}
            parts |= {
                pool.submit(_put_each, write_chunk, chunk, days) for chunk in cut(order, workers)
            }
            truths = pool.map(partial(_write_truth, order), block_numbers(order.company))
            while parts or not days.empty():
                ended = {part for part in parts if part.done()}
                for part in ended:
                    part.result()
                parts -= ended
                with suppress(Empty):
                    end(days.get(timeout=0.2))
            list(truths)
        except BaseException:
            # otherwise pending days would be written before the error is raised
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _write_truth(order: Order, number: int) -> None:
    """Write the truth about a block of people."""
    last = day_number(order.last_date)
    write_block_truth(order.company, number, last, order.truth, has_future=order.has_future)


def cut(order: Order, workers: int = 1) -> Iterable[Order]:
    """Split an order into chunks of days.

    Parameters
    ----------
    workers
        Their number; the chunks keep all of them busy to the end.

    Yields
    ------
    Order
        Each of a day to a month; all are as long as the first, except the last.
    """
    days = (order.last_date - order.first_date).days + 1
    most = int(np.clip(PERSON_DAYS // order.company.customers, 1, 31))
    rounds = -(-days // (most * workers))
    size = -(-days // (rounds * workers))
    first = order.first_date
    while first <= order.last_date:
        last = min(first + timedelta(days=size - 1), order.last_date)
        yield replace(order, first_date=first, last_date=last, until=order.last_date)
        first = last + timedelta(days=1)


def write_chunk(order: Order) -> Iterator[Written]:
    """Write the days of one chunk in this process.

    Yields
    ------
    Written
        Day by day.
    """
    spill = order.truth / f".simulating-{order.first_date}-{os.getpid()}"
    company, until = order.company, day_number(order.until or order.last_date)
    span = _span(order)
    with open_scratch(MEMORY, spill) as connection:
        # memory that is returned to the system has to be allocated again, which takes time
        connection.execute(f"set block_allocator_memory = '{KEPT_MEMORY}'")
        create_vocabulary(connection, company)
        load_facts(connection, company, span, with_sessions=_counts_sessions(order.systems))
        for day in range(span.first, span.last + 1):
            yield write_day(order, Night(company, day, connection), until)


def write_late(order: Order) -> Iterator[Written]:
    """Write what arrives during a run from earlier days.

    Yields
    ------
    Written
        One for each earlier day of which something arrives.
    """
    first, until = day_number(order.first_date), day_number(order.until or order.last_date)
    opened = day_number(order.company.opened)
    for day in range(max(first - LATEST_ARRIVAL, opened), first):
        late = arrivals(order, day, first, until)
        if late:
            with open_scratch(MEMORY) as connection:
                create_vocabulary(connection, order.company)
                counts = _counts_sessions(late)
                load_facts(connection, order.company, Span(day, day), with_sessions=counts)
                night = Night(order.company, day, connection)
                yield write_day(replace(order, systems=late), night, until, again=True)


def _span(order: Order) -> Span:
    """Return the days of an order."""
    return Span(day_number(order.first_date), day_number(order.last_date))


def _counts_sessions(systems: tuple[str, ...]) -> bool:
    """Return whether any of the systems distinguishes a browser's first visit."""
    return any(getattr(system, "COUNTS_SESSIONS", False) for system in load_systems(systems))


def _put_each(
    write: Callable[[Order], Iterator[Written]], order: Order, days: Queue[Written]
) -> None:
    for day in write(order):
        days.put(day)
