"""What is data and not code: word lists, places, headers and schemas of files.

``texts`` has sentences, ``words`` the tables from which names, addresses and products are made, and
``formats`` what is known of the systems' files. The tables beside them are parameters: channels and
their effects, A/B tests, kinds of reactions, kinds of incidents and how often they happen.
"""

import csv
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # in C, where available


@cache
def tree(name: str) -> Any:
    """Read a YAML file.

    Parameters
    ----------
    name
        Its path in this folder, without the suffix.

    Returns
    -------
    dict or list
        Its content; do not change it.
    """
    return yaml.load((FOLDER / f"{name}.yml").read_bytes(), LOADER)  # noqa: S506 - a safe one


@cache
def columns(name: str) -> dict[str, tuple[str, ...]]:
    """Read a CSV file.

    Parameters
    ----------
    name
        Its path in this folder, without the suffix.

    Returns
    -------
    dict of str to tuple of str
        Its columns, by their names.
    """
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        names, *rows = csv.reader(file)
    return dict(zip(names, zip(*rows, strict=True), strict=True))


def rows(name: str) -> list[tuple[str, ...]]:
    """Return the rows of a CSV file, as texts."""
    return list(zip(*columns(name).values(), strict=True))


@cache
def numbers(name: str, column: str) -> tuple[float, ...]:
    """Read a column of numbers from a CSV file."""
    return tuple(float(value) for value in columns(name)[column])
