"""How the arguments of several commands are read."""

from __future__ import annotations

import argparse
from datetime import date


def business_date(text: str) -> date:
    """Read a date argument.

    Parameters
    ----------
    text
        ``YYYY-MM-DD``.

    Returns
    -------
    date
        The day.

    Raises
    ------
    argparse.ArgumentTypeError
        If it is no date.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date; write it as 2017-12-31") from error
