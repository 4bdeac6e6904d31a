"""Small bars in a row of a table: one for each of the last nights, the last one at the right.

Written by hand, not by Vega: a page has some two hundred of them, and each is one short path.
"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

SLOT, BAR, HEIGHT = 4, 3, 22
"""Pixels: from one bar to the next, the width of a bar, and the height of the highest."""

_LEAST = 2


def sparkline(
    values: Sequence[float | None],
    said: str,
    slots: int,
    failed: Sequence[bool] = (),
) -> Markup:
    """Draw bars.

    Parameters
    ----------
    values
        The last is tonight's. None leaves a gap, zero is a line on the ground.
    said
        What the bars are, for those who can't see them.
    slots
        How many there is room for; what is missing is missing at the left.
    failed
        Which of the values broke a bound; none by default.

    Returns
    -------
    Markup
        An ``<svg>`` with classes for colours: ``was``, ``now`` and ``bad``.
    """
    most = max((abs(value) for value in values if value is not None), default=0) or 1
    paths = {"was": "", "now": "", "bad": ""}
    for place, value in enumerate(values):
        if value is None:
            continue
        is_bad = place < len(failed) and failed[place]
        kind = "bad" if is_bad else "now" if place == len(values) - 1 else "was"
        height = max(round(abs(value) / most * HEIGHT, 1), _LEAST) if value else 1
        left = (slots - len(values) + place) * SLOT
        paths[kind] += f"M{left} {HEIGHT}v-{height:g}h{BAR}v{height:g}z"
    drawn = Markup("").join(
        Markup('<path class="{}" d="{}"/>').format(kind, path)
        for kind, path in paths.items()
        if path
    )
    width = slots * SLOT - (SLOT - BAR)
    return Markup(
        '<svg class="spark" role="img" aria-label="{}" width="{}" height="{}"'
        ' viewBox="0 0 {} {}">{}</svg>'
    ).format(said, width, HEIGHT, width, HEIGHT, drawn)
