"""Turns facts into HTML: everything is escaped, and nothing is loaded."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from pages.text import visible

TEMPLATES = Path(__file__).with_name("templates")

NONE = "\N{EN DASH}"
"""Stands for a number that there is not."""

_COMMAND = re.compile(r"`([^`]+)`")


def render(template: str, **facts: Any) -> bytes:
    """Render a page.

    Parameters
    ----------
    template
        The name of a file in ``pages/templates``.
    facts
        What it shows. Text is escaped; only `Markup` is not.

    Returns
    -------
    bytes
        UTF-8.
    """
    return _environment().get_template(template).render(**facts).encode()


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=visible,
    )
    environment.filters |= {
        "commands": commands, "grouped": grouped, "metric": metric, "money": money,
        "seconds": seconds, "zip": zip,
    }  # fmt: skip
    return environment


def commands(text: str) -> Markup:
    """Set what is in backticks as code."""
    return Markup(_COMMAND.sub(r"<code>\1</code>", str(escape(visible(text)))))  # noqa: S704


def grouped(number: int | None) -> str:
    """Write a number with its thousands grouped; a dash for none."""
    return NONE if number is None else f"{number:,}"


def money(amount: Decimal | None) -> str:
    """Write an amount to two decimals; nothing for none."""
    return "" if amount is None else f"{amount:,.2f}"


def metric(value: float | None) -> str:
    """Write a metric to four decimals; a dash for none."""
    return NONE if value is None else f"{value:.4f}"


def seconds(value: float | None) -> str:
    """Write seconds to a tenth; a dash for none."""
    return NONE if value is None else f"{value:,.1f}"
