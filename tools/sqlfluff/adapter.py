"""The part of dbt's `adapter` that sqlfluff needs to render the models: DuckDB's macros."""

from __future__ import annotations

from collections.abc import Callable

import jinja2
from jinja2.runtime import Context


@jinja2.pass_context
def dispatch(context: Context, macro: str) -> Callable[..., str]:
    """Return the body of a macro for DuckDB, as dbt would."""
    return context[f"default__{macro}"]  # type: ignore[no-any-return] # Jinja has no types for macros
