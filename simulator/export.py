"""An export file: a query, and the form in which its rows are written.

Columns whose names begin with an underscore are not written but kept as the truth about each row:

``_person``
    whom the row is about; null for nobody, -1 for a robot.
``_key``
    a number or text that ties the row to the world: a ``visit_id``, a product, a campaign.
``_at_ms``
    when the row's event was, in files that a tracking outage can strike; it is not kept.
``_clean_<column>``
    what the column would say without the mistake in it; null where there is none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from simulator.forms import Avro, Csv, Lines, Parquet
from simulator.night import Night


@dataclass(frozen=True)
class Export:
    """One file of one night.

    Parameters
    ----------
    name
        The file's name, in the folder of its system.
    query
        A ``select`` over the facts, in the order in which the rows stand in the file.
    form
        How they are written.
    of_everyone
        Whether the query is over the table ``everyone``, which holds the whole company some
        blocks at a time, instead of ``persons``, which holds those whom the day's facts name.
    streams
        Whether rows are worked out while they are written, instead of before. For large files
        whose query takes them from a table in their order, without sorting them.
    footer
        A query with one column, whose values are lines at the end, such as totals. None by
        default.
    prepare
        Called with the night and the numbers of some blocks before the query is asked about
        them; for files that are ``of_everyone``.
    """

    name: str
    query: str
    form: Csv | Lines | Parquet | Avro = field(default_factory=Csv)
    of_everyone: bool = False
    streams: bool = False
    footer: str = ""
    prepare: Callable[[Night, range], None] | None = None
