"""The charts of a page: Vega-Lite specifications, drawn as SVG while the page is written.

The page then needs no script, opens at once, prints, and can be sent by mail.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from pages.text import visible

INK, QUIET, RULE = "#1f2328", "#59636e", "#e3e6ea"
BLUE, ORANGE, GREY = "#1f5fa8", "#b35900", "#8c959f"

_CONFIG = {
    "background": None,
    "font": "system-ui, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": QUIET,
        "labelFontSize": 11,
        "titleColor": QUIET,
        "titleFontSize": 11,
        "titleFontWeight": "normal",
        "gridColor": RULE,
        "domainColor": RULE,
        "tickColor": RULE,
    },
    "legend": {
        "labelColor": INK,
        "labelFontSize": 11,
        "orient": "top",
        "title": None,
        "symbolStrokeWidth": 2,
        "offset": 4,
        "columnPadding": 12,
    },
}
_SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
_WIDTH, _HEIGHT = 300, 120
_FEW = 10


def lines(
    rows: Sequence[Mapping[str, Any]], series: Mapping[str, str], value_format: str, said: str
) -> Markup:
    """Draw a value of each night as lines.

    Parameters
    ----------
    rows
        With ``night`` (in ISO form), ``series`` and ``value``.
    series
        From each series' name to its colour, in the order of the legend; all but the first are
        dashed.
    value_format
        Of d3.
    said
        What the chart shows, for those who can't see it.

    Returns
    -------
    Markup
        An ``<svg>``.
    """
    names = list(series)
    # few nights are points that can be told apart; one alone is no line
    are_few = len({row["night"] for row in rows}) <= _FEW
    styles = {"domain": names, "range": list(series.values())}
    dashes = {"domain": names, "range": [[1, 0], [5, 3], [2, 2]][: len(names)]}
    return draw(
        {
            "data": {"values": list(rows)},
            "mark": {"type": "line", "strokeWidth": 1.6, "point": are_few and {"size": 18}},
            "encoding": {
                "x": _nights(rows),
                "y": {
                    "field": "value",
                    "type": "quantitative",
                    "title": None,
                    "scale": {"zero": False, "nice": True},
                    "axis": {"format": value_format, "tickCount": 4},
                },
                "color": {"field": "series", "type": "nominal", "scale": styles, "sort": None},
                "strokeDash": {"field": "series", "type": "nominal", "scale": dashes},
            },
        },
        said,
    )


def stacked_bars(
    rows: Sequence[Mapping[str, Any]], series: Mapping[str, str], unit: str, said: str
) -> Markup:
    """Draw the parts of each night as stacked bars.

    Parameters
    ----------
    rows
        As in `lines`.
    series
        From each part's name to its colour, from the ground up.
    unit
        Of the values; the axis' title.
    said
        What the chart shows, for those who can't see it.

    Returns
    -------
    Markup
        An ``<svg>``.
    """
    names = list(series)
    return draw(
        {
            "data": {"values": [{**row, "place": names.index(row["series"])} for row in rows]},
            "mark": {"type": "bar", "size": 12, "stroke": "white", "strokeWidth": 0.5},
            "encoding": {
                "x": _nights(rows),
                "y": {
                    "field": "value",
                    "type": "quantitative",
                    "title": unit,
                    "axis": {"tickCount": 4},
                },
                "color": {
                    "field": "series",
                    "type": "nominal",
                    "scale": {"domain": names, "range": list(series.values())},
                    "sort": None,
                },
                "order": {"field": "place", "type": "quantitative"},
            },
        },
        said,
        width=560,
    )


def draw(spec: dict[str, Any], said: str, width: int = _WIDTH) -> Markup:
    """Draw a Vega-Lite specification.

    Parameters
    ----------
    spec
        Without size and style.
    said
        What the chart shows, for those who can't see it.

    Returns
    -------
    Markup
        An ``<svg>``, an image to a screen reader.
    """
    import vl_convert  # starts a JavaScript engine

    whole = {"$schema": _SCHEMA, "width": width, "height": _HEIGHT, "config": _CONFIG, **spec}
    drawn = vl_convert.vegalite_to_svg(whole, allowed_base_urls=[])
    # one image: its parts have labels of their own, which would be read out one by one
    inside = re.sub(r' (?:role|aria-[a-z]+)="[^"]*"', "", drawn)
    opening = Markup('<svg role="img" aria-label="{}" ').format(visible(said))
    return opening + Markup(inside.removeprefix("<svg "))  # noqa: S704  Vega escapes texts


def _nights(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the axis of the nights: one place each, with few of the days written."""
    nights = sorted({row["night"] for row in rows})
    step = max(1, (len(nights) - 1) // 3)
    shown = nights[::-1][::step][::-1]
    return {
        "field": "night",
        "type": "ordinal",
        "title": None,
        "axis": {
            "values": shown,
            "labelExpr": "timeFormat(toDate(datum.value + 'T00:00:00'), '%-d %b')",
            "labelAngle": 0,
            "ticks": False,
            "labelPadding": 6,
        },
        "scale": {"type": "point", "padding": 0.5},
    }
