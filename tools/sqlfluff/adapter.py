"""What sqlfluff needs of dbt's `adapter` to render the models: the macros of DuckDB."""

from __future__ import annotations

from collections.abc import Callable

import jinja2
from jinja2.runtime import Context


@jinja2.pass_context
def dispatch(context: Context, macro: str) -> Callable[..., str]:
    """Return the body of a macro for DuckDB, as dbt would.

    Parameters
    ----------
    context
        Given by Jinja.
    macro
        Its name.

    Returns
    -------
    Callable
        ``default__<macro>``.
    """
    return context[f"default__{macro}"]  # type: ignore[no-any-return] # Jinja has no types for macros
