"""Text from files and messages, made safe to look at."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup


def visible(value: Any) -> Any:
    """Show characters that can't be seen, or that turn a line around, as in a Python literal.

    Returns
    -------
    Any
        What is no text, and `Markup`, as it is.
    """
    if not isinstance(value, str) or isinstance(value, Markup) or value.isprintable():
        return value
    return "".join(
        each if each.isprintable() or each == "\n" else each.encode("unicode_escape").decode()
        for each in value
    )
