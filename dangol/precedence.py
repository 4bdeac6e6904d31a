"""Which loads have been replaced by others, and which need not be loaded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from dangol.ledger import DUPLICATE, EMPTY, LOADED, Load, delivery_of


def superseded_loads(loads: Iterable[Load]) -> dict[str, str]:
    """Return which loads have been replaced.

    Parameters
    ----------
    loads
        Of any number of streams.

    Returns
    -------
    dict of str to str
        From each replaced load to the current one: for each delivery the highest revision, and
        among equals the last to arrive. It replaces the supplements of lower revisions, and those
        of its own revision that referred to other content. Of two supplements with the same name,
        the last to arrive is current.
    """
    current: dict[tuple[Any, ...], Load] = {}
    counting = [load for load in loads if load.status in {LOADED, EMPTY}]
    for load in counting:
        best = current.get(delivery_of(load))
        if not load.supplement and (best is None or _standing(best) < _standing(load)):
            current[delivery_of(load)] = load
    supplements = {
        (delivery_of(load), load.revision, load.supplement): load
        for load in sorted(counting, key=lambda load: load.number)
        if load.supplement
    }
    replaced = {}
    for load in counting:
        holds = current.get(delivery_of(load))
        later = supplements.get((delivery_of(load), load.revision, load.supplement), load)
        if holds and holds is not load and _standing(load) < _standing(holds):
            if not (load.supplement and _is_about(load, holds, counting)):
                replaced[load.load_id] = holds.load_id
        if later is not load and load.load_id not in replaced:
            replaced[load.load_id] = later.load_id
    return replaced


def _is_about(supplement: Load, holds: Load, loads: Iterable[Load]) -> bool:
    """Return whether a supplement refers to a file loaded after it: a late or a restored one."""
    before = [
        load
        for load in loads
        if (delivery_of(load), load.revision) == (delivery_of(supplement), supplement.revision)
        and load.number < supplement.number
        and not load.supplement
    ]
    same = not before or before[-1].sha256 == holds.sha256
    return same and holds.revision == supplement.revision


def superfluous_copies(loads: Sequence[Load], is_snapshot: bool) -> dict[int, Load]:
    """Return which duplicates can be skipped because their content is already current.

    A copy of a file that has been corrected since, or a snapshot that goes back to an older state,
    must be loaded although its content is known.

    Parameters
    ----------
    loads
        Of one stream, in order of arrival; the candidates have the status ``duplicate``.

    Returns
    -------
    dict of int to Load
        From the number of such a duplicate to the load with its content.
    """
    if is_snapshot:
        return _unchanged_snapshots(loads)
    replaced = superseded_loads(loads)
    holding: dict[tuple[Any, ...], Load] = {}
    for load in loads:
        if load.status == LOADED and load.load_id not in replaced:
            holding.setdefault((delivery_of(load), load.sha256), load)
    return {
        load.number: holding[delivery_of(load), load.sha256]
        for load in loads
        if load.status == DUPLICATE and (delivery_of(load), load.sha256) in holding
    }


def _unchanged_snapshots(loads: Sequence[Load]) -> dict[int, Load]:
    """Find snapshots with the same content as the one before, by business day."""
    delivered = [load for load in loads if load.status in {LOADED, EMPTY, DUPLICATE}]
    delivered.sort(key=snapshot_order)
    superfluous = {}
    before: dict[tuple[str, str | None], Load] = {}
    for load in delivered:
        previous = before.get(states_of(load))
        if load.status != DUPLICATE:
            before[states_of(load)] = load
        elif previous and previous.sha256 == load.sha256:
            superfluous[load.number] = previous
        # a duplicate that must be loaded again is skipped: its new load takes its place
    return superfluous


def states_of(load: Load) -> tuple[str, str | None]:
    """Return what a snapshot may repeat: part and day, since rows may move between parts."""
    return load.part, load.file_date if load.part else None


def snapshot_order(load: Load) -> tuple[str, int, int, int]:
    """Return the place of a snapshot among those of its part: by business day."""
    return load.file_date or "", load.revision, load.supplement, load.number


def _standing(load: Load) -> tuple[int, int]:
    return load.revision, load.number
