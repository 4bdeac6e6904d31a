"""An export file: a query and the format of its rows. Here is all that a system's module needs.

Columns whose names begin with an underscore are not written but kept as the truth about each row:

``_person``
    whom the row is about; null for no one, -1 for a robot.
``_key``
    a number or text that links the row to the world: a ``visit_id``, a product, a campaign.
``_at_ms``
    the time of the row's event, in files that a tracking outage can affect; not kept.
``_clean_<column>``
    the column's value without the mistake; null where there is none.

Others are steps of the query, and not kept.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from simulator.forms import Avro, Csv, Form, Lines, Parquet
from simulator.night import Night

__all__ = ["Avro", "Csv", "Export", "Exports", "Lines", "Night", "Parquet"]


@dataclass(frozen=True)
class Export:
    """One file of one night.

    Parameters
    ----------
    name
        The file's name, in the folder of its system.
    query
        A ``select`` over the facts, in the order of the file's rows.
    form
        How they are written.
    of_everyone
        Whether the query reads the table ``everyone``, which contains the whole company a few
        blocks at a time, instead of ``persons``, which contains the people in the day's facts.
    streams
        Whether rows are computed while they are written, instead of before: for large files whose
        query reads a table in order, without sorting.
    footer
        A query with one column, whose values are the file's last lines, such as totals. None by
        default.
    prepare
        Called with the night and the numbers of some blocks before the query runs on them; for
        files that are ``of_everyone``.
    """

    name: str
    query: str
    form: Form = field(default_factory=Csv)
    of_everyone: bool = False
    streams: bool = False
    footer: str = ""
    prepare: Callable[[Night, range], None] | None = None


Exports = Iterator[Export]
"""The files of a night."""
