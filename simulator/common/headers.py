"""The headers of files whose columns are listed in ``data/formats``.

Such a list has a row per column: its name; ``always``, what is in all of its cells, if that is the
same (``null``, or ``nothing``, an amount of zero); and ``since`` and ``until``, the days between
which files have it.
"""

from datetime import date

from simulator import data


def header(name: str, day: date) -> list[str]:
    """List the columns that a file has.

    Parameters
    ----------
    name
        The list's name.
    day
        The file's day.

    Returns
    -------
    list of str
        In their order.
    """
    told, today = data.columns(f"formats/{name}"), day.isoformat()
    return [
        column
        for column, since, until in zip(told["column"], told["since"], told["until"], strict=True)
        if since <= today and (today < until or not until)
    ]


def always(name: str, nothing: str = "0") -> str:
    """Return SQL for the columns that are the same in every row.

    Parameters
    ----------
    name
        The list's name.
    nothing
        SQL for an amount of zero.

    Returns
    -------
    str
        Expressions with their names, separated by commas.
    """
    told = data.columns(f"formats/{name}")
    values = dict(zip(told["column"], told["always"], strict=True))
    written = {"null": "null", "nothing": nothing}
    return ", ".join(
        f"""{written.get(value, f"'{value}'")} as "{column}\""""
        for column, value in values.items()
        if value
    )
