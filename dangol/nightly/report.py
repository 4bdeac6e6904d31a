"""The readable summary of a night, from its publication and its records."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dangol import layers, records
from dangol.build.published import open_publication
from dangol.build.warehouse import WarehouseError
from dangol.files import write_whole
from dangol.night import Night
from dangol.nightly import step_runs
from dangol.publication import dbt_docs
from dangol.publication.store import (
    Publication,
    PublicationError,
    by_night,
    list_publications,
    pinned,
    pointed_to,
)
from dangol.settings import Settings
from dangol.tables import render_table
from pages.night import write_page
from pages.outcome import outcome_of
from pages.places import page_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

log = logging.getLogger(__name__)


def write_report(settings: Settings, night: Night) -> dict[str, object]:
    """Write the summary of a published night, and its page.

    The summary goes to ``$DANGOL_HOME/reports`` and to the log.

    Returns
    -------
    dict
        ``report`` and ``page``, their paths relative to the home.
    """
    text = render_report(settings, night)
    file = settings.home / "reports" / f"{night.business_date}.txt"
    write_whole(file, text.encode())
    log.info("%s", text)
    page = write_page(settings, night, dbt_docs.latest(settings))
    return {
        "report": str(file.relative_to(settings.home)),
        "page": str(page.relative_to(settings.home)),
    }


def show_failure(settings: Settings, night: Night) -> Path | None:
    """Write the page of a night that ended before it could do so itself; never raises.

    Returns
    -------
    Path or None
        The page; None if the night has reported, or the page can't be written.
    """
    try:
        steps = records.read(settings, step_runs.TABLE, night.business_date)
        reported = any(row["step"] == "report" and row["status"] == "done" for row in steps)
        outcome = outcome_of(settings, night, steps)
        if reported and outcome.is_published and not outcome.failed:
            return None
        page = write_page(settings, night, dbt_docs.latest(settings))
    except Exception as error:  # whatever it is, it must not hide what stopped the night
        log.error("the page of the night was not written: %s", type(error).__name__)
        return None
    log.info("the night's page: %s", page)
    return page


def render_report(settings: Settings, night: Night) -> str:
    """Return the summary of a published night.

    Returns
    -------
    str
        Plain text, below 100 columns.

    Raises
    ------
    PublicationError
        If the night has not published.
    """
    made, day = list_publications(settings), night.business_date.isoformat()
    own = [each for each in made if each.business_date == day]
    if not own:
        raise PublicationError(
            f"the night of {night.business_date} has not been published: run it first"
        )
    earlier = [each for each in made if each.business_date < day]
    before = _figures_before(settings, max(earlier, key=by_night)) if earlier else None
    with open_publication(settings, own[-1].file(settings)) as published:
        sections = [
            _headline(settings, night),
            _files(published, night),
            _set_aside(published, night),
            _look_alikes(published),
            _layers(published, night),
            _gates(published, night),
            _models(published, night),
            _business(_figures(published), before),
            _where_to_look(settings, night, own[-1].name),
        ]
    return "\n\n".join("\n".join(section) for section in sections if section) + "\n"


def _headline(settings: Settings, night: Night) -> list[str]:
    title = f"{settings.company.name}: the night of {night.business_date}"
    return [title, "=" * len(title)]


def _files(published: DuckDBPyConnection, night: Night) -> list[str]:
    rows = published.execute(
        """
        select
            system || '.' || stream,
            count(*) filter (status = 'loaded'),
            count(*) filter (status in ('duplicate', 'empty')),
            count(*) filter (status in ('rejected', 'refused', 'waiting')),
            sum(rows_loaded), sum(rows_quarantined)
        from ops.loads where load_date = ? group by all order by all
        """,
        [night.business_date],
    ).fetchall()
    if not rows:
        return ["Files: none arrived"]
    head = ["files of the night", "loaded", "nothing new", "refused", "rows", "quarantined"]
    return [render_table(head, rows)]


def _set_aside(published: DuckDBPyConnection, night: Night) -> list[str]:
    rows = published.execute(
        "select system || '.' || stream, reason, row_count, amount from ops.set_aside"
        " where load_date = ? order by all",
        [night.business_date],
    ).fetchall()
    return [render_table(["set aside tonight", "reason", "rows", "amount"], rows)] if rows else []


def _look_alikes(published: DuckDBPyConnection) -> list[str]:
    rows = published.execute(
        "select count(distinct id) || ' ' || coalesce(identifier_type, id_kind)"
        " from ops.look_alikes group by id_kind, identifier_type order by all"
    ).fetchall()
    counts = ", ".join(count for (count,) in rows)
    return [f"look-alike ids (see ops.look_alikes): {counts}"] if rows else []


def _layers(published: DuckDBPyConnection, night: Night) -> list[str]:
    rows = published.execute(
        """
        select
            layer, count(*),
            case -- staging models are views over the night's files
                when layer <> 'staging' then sum(row_count)
                else (select sum(rows_loaded) from ops.loads where load_date = $day)
            end,
            cast(sum(seconds) as decimal(18, 1))
        from ops.model_runs
        where business_date = $day and kind = 'model'
        group by layer
        order by list_position($layers, layer)
        """,
        {"day": night.business_date, "layers": list(layers.NAMES)},
    ).fetchall()
    return [render_table(["layer", "models", "rows", "seconds"], rows)]


def _gates(published: DuckDBPyConnection, night: Night) -> list[str]:
    rows = published.execute(
        """
        select
            gate, count(*) filter (passed),
            count(*) filter (status = 'skipped'),
            count(*) filter (status in ('failed', 'error') and severity = 'warning'),
            count(*) filter (status in ('failed', 'error') and severity = 'critical')
        from ops.gate_results where business_date = $day group by gate
        order by list_position($gates, gate)
        """,
        {"day": night.business_date, "gates": list(layers.GATES)},
    ).fetchall()
    table = render_table(["gate", "passed", "skipped", "warned", "failed"], rows)
    warned = published.execute(
        "select gate, expectation, unexpected_count from ops.gate_results "
        "where business_date = ? and status in ('failed', 'error') order by all",
        [night.business_date],
    ).fetchall()
    return [table] + [
        f"  {gate}: {expectation} ({count} rows)" for gate, expectation, count in warned
    ]


def _models(published: DuckDBPyConnection, night: Night) -> list[str]:
    rows = published.execute(
        """
        select
            model, metric, cast(challenger_value as decimal(18, 4)),
            cast(champion_value as decimal(18, 4)), cast(baseline_value as decimal(18, 4)),
            decision, reason
        from ml.model_runs where business_date = ? order by model
        """,
        [night.business_date],
    ).fetchall()
    head = ["model", "metric", "tonight's", "champion's", "baseline's", "decision"]
    table = render_table(head, (row[:-1] for row in rows))
    return [table] + [f"  {model}: {reason}" for model, *_, reason in rows]


def _figures_before(settings: Settings, publication: Publication) -> tuple[Any, ...] | None:
    """Return the figures of an earlier publication; None if it can't be read any more."""
    import duckdb

    try:
        with open_publication(settings, publication.file(settings)) as published:
            return _figures(published)
    except (WarehouseError, duckdb.Error) as error:
        log.warning("%s is not compared with: %s", publication.name, type(error).__name__)
        return None


def _figures(published: DuckDBPyConnection) -> tuple[Any, ...]:
    (figures,) = published.execute(_FIGURES_QUERY).fetchall()
    return figures


def _business(today: tuple[Any, ...], before: tuple[Any, ...] | None) -> list[str]:
    before = before or (None,) * len(today)
    rows = [
        [name, value, was, None if was is None or value is None else value - was]
        for name, value, was in zip(_FIGURES, today, before, strict=True)
    ]
    return [render_table(["business", "tonight", "the night before", "change"], rows)]


_FIGURES = {
    "revenue of the day": "cast(gross_revenue as decimal(38, 2))",
    "refunds of the day": "cast(refund_amount as decimal(38, 2))",
    "orders of the day": "order_count",
    "average order value": "cast(average_order_value as decimal(38, 2))",
    "new customers": "new_customer_count",
    "active customers, 30 days": "active_customer_count_30d",
    "customers": "customers_so_far",
    "revenue of all time": "cast(revenue_so_far as decimal(38, 2))",
}
_FIGURES_QUERY = f"""
    with day as (from aggregated.kpi_days order by business_date desc limit 1),
    customers as (
        select count(*) as customers_so_far from customer_view.customers
    ),
    all_days as (
        select sum(gross_revenue) as revenue_so_far from aggregated.kpi_days
    )
    select {", ".join(_FIGURES.values())} from customers, all_days left join day on true
"""


def _where_to_look(settings: Settings, night: Night, publication: str) -> list[str]:
    current = pointed_to(settings)
    lines = [
        f"published   {settings.published_file}",
        f"page        {page_of(settings, night.business_date)}",
        f"query       export DANGOL_HOME={settings.home}",
        '            dangol query "from customer_view.customers limit 5"',
    ]
    try:
        held = pinned(settings)
    except PublicationError as error:
        return [f"NOTE        {error}", *lines]
    if held:
        lines.insert(0, f"PINNED      readers get {held} until `dangol resume`")
    elif current and current != publication:
        lines.insert(0, f"NOTE        readers get {current}, of a later day")
    return lines
