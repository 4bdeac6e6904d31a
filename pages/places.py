"""Where the pages are: for links from reports, alerts and the orchestrator."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from dangol.settings import Settings


def page_of(settings: Settings, business_date: date) -> Path:
    """Return the path of a night's page, whether it is written yet or not.

    Parameters
    ----------
    business_date
        Of the night.

    Returns
    -------
    Path
        Of an HTML file. It is written when the night ends, in whatever way.
    """
    return settings.pages / f"{business_date.isoformat()}.html"


def index_of(settings: Settings) -> Path:
    """Return the path of the list of nights."""
    return settings.pages / "index.html"
