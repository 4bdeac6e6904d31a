"""The number of each visit among its browser's or app's visits with the current cookie."""

import numpy as np

from simulator.company import Company, day_number
from simulator.draws import Integers
from simulator.world.fact_columns import LATEST_DAYS, Span
from simulator.world.histories import history
from simulator.world.people import BLOCK
from simulator.world.visits import STORE, Visits


def counted_since(company: Company, span: Span) -> int:
    """Return the first day whose visits must be counted for the facts of some days.

    Returns
    -------
    int
        A day number: events that arrive late on the first of the days happened since then.
    """
    return max(span.first - LATEST_DAYS - 1, day_number(company.opened))


def session_columns(
    company: Company, number: int, every: Visits, made: dict[str, np.ndarray], since: int
) -> dict[str, Integers]:
    """Count the visits of each browser and app.

    Parameters
    ----------
    number
        The block's number.
    every
        All its visits from a day on.
    made
        The browser columns of these visits.
    since
        That day's number.

    Returns
    -------
    dict of str to Integers
        ``session_number``, from 1 on; ``first_ms``, ``first_visit``, ``first_source`` and
        ``first_message_day``: the start, the ``visit_id`` and the source of the first of these
        visits. In a private window each is the first. For visits to shops and visits before the
        day: 0, and the visit itself.
    """
    online = (every.place != STORE) & (every.day >= since)
    alone = online & made["is_private"]
    columns = {
        "session_number": alone.astype(np.int64),
        "first_ms": every.started_ms.copy(),
        "first_visit": made["visit_id"].copy(),
        "first_source": every.source.copy(),
        "first_message_day": every.message_day.copy(),
    }
    told = np.flatnonzero(online & ~alone)
    if not len(told):
        return columns
    past = history(company, number, since - 1)
    names = ("device", "owner", "cookie_day")
    order = np.lexsort((every.started_ms[told], *(made[name][told] for name in names)))
    told = told[order]
    device, owner, cookie_day = (made[name][told] for name in names)
    owner = owner - number * BLOCK
    same = (np.diff(device) == 0) & (np.diff(owner) == 0) & (np.diff(cookie_day) == 0)
    starts = np.flatnonzero(np.concatenate([[True], ~same]))
    first = np.repeat(starts, np.diff([*starts, len(told)]))
    is_known = past.cookie_day[device, owner] == cookie_day
    before = np.where(is_known, past.sessions[device, owner], 0)
    columns["session_number"][told] = before + np.arange(len(told)) - first + 1
    for name in ("first_ms", "first_visit", "first_source", "first_message_day"):
        values = getattr(past, name)[device, owner]
        columns[name][told] = np.where(is_known, values, columns[name][told[first]])
    return columns
