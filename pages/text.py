"""Text from files and messages, made safe to look at."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from dangol.tables import escaped


def visible(value: Any) -> Any:
    """Show characters that can't be seen, or that turn a line around, as in a Python literal.

    Returns
    -------
    Any
        What is no text, and `Markup`, as it is.
    """
    if not isinstance(value, str) or isinstance(value, Markup) or value.isprintable():
        return value
    return escaped(value, "\n")
