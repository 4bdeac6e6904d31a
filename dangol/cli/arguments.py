"""How the arguments of several commands are read."""

from __future__ import annotations

import argparse
from datetime import date


def business_date(text: str) -> date:
    """Read a date argument, ``YYYY-MM-DD``; raise an ``ArgumentTypeError`` for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a date; write it as 2017-12-31"
        ) from error
