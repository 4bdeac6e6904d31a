"""Tables as plain text, for the command line, reports and logs.

`rich` measures and wraps the cells: Hangul takes two columns of a terminal. It does not lay out the
table, because its tables take a millisecond or more per row: seconds for the loads of a year.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

GAP = "  "
LEAST_ROOM = 20
"""For the last column, in characters; with less, the terminal wraps the lines itself."""


def render_table(
    head: Sequence[str], rows: Iterable[Sequence[object]], width: int | None = None
) -> str:
    """Lay out rows in columns, text aligned left and numbers right.

    Parameters
    ----------
    rows
        Values in the columns' order. None becomes ``-``, and a float has two decimals.
    width
        Of the terminal: texts in the last column wrap there. By default each row is one line.

    Returns
    -------
    str
        Plain text without a trailing newline; nothing is truncated. Characters that could break a
        line or control a terminal are escaped as in a Python literal.

    Examples
    --------
    >>> print(render_table(["store", "orders"], [["강남", 1234], ["[red]", None]]))
    store  orders
    강남    1,234
    [red]       -
    """
    from rich.cells import cell_len  # takes 10 ms, which parsing a DAG file does not need

    values: list[Sequence[object]] = [head, *rows]
    cells = [[_text(value) for value in row] for row in values]
    are_texts = [any(map(_is_text, column[1:])) for column in zip(*values, strict=True)]
    widths = [max(map(cell_len, column)) for column in zip(*cells, strict=True)]
    lines = []
    for row in cells:
        blanks = [" " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)]
        padded = [
            cell + blank if is_text else blank + cell
            for cell, blank, is_text in zip(row, blanks, are_texts, strict=True)
        ]
        lines.append(GAP.join(padded).rstrip())
    indent = sum(widths[:-1]) + len(GAP) * (len(head) - 1)
    if width is not None and are_texts[-1] and width - indent >= LEAST_ROOM:
        lines = [
            line if cell_len(line) <= width else _folded(line, row[-1], indent, width)
            for line, row in zip(lines, cells, strict=True)
        ]
    return "\n".join(lines)


def _folded(line: str, last: str, indent: int, width: int) -> str:
    """Wrap the last cell of a line within its column."""
    from rich.console import Console
    from rich.text import Text

    pieces = Text(last).wrap(Console(), width - indent, overflow="fold")
    return line.removesuffix(last) + f"\n{' ' * indent}".join(str(each).rstrip() for each in pieces)


class Numeral(str):
    """A number as it is to be shown: aligned to the right, without marks of thousands."""


def escaped(text: str, plain: str = "") -> str:
    """Escape what could break a line or control a terminal, as in a Python literal.

    Parameters
    ----------
    plain
        Characters that stay.

    Returns
    -------
    str
        Printable, but for those.
    """
    return "".join(
        each if each.isprintable() or each in plain else each.encode("unicode_escape").decode()
        for each in text
    )


def _is_text(value: object) -> bool:
    if isinstance(value, Numeral):
        return False
    return isinstance(value, bool) or not isinstance(value, int | float | Decimal | None)


def _text(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.2f}"
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return f"{value:,}"
    return escaped(str(value))
