"""The step that publishes: first dbt's documentation, if models have changed, then the tables."""

from __future__ import annotations

import logging

from dangol.errors import DangolError
from dangol.night import Night
from dangol.publication import dbt_docs
from dangol.publication.publish import publish
from dangol.settings import Settings

log = logging.getLogger(__name__)


def publish_night(settings: Settings, night: Night) -> dict[str, object]:
    """Publish a night with the documentation of its models; without it if dbt can't make it.

    Returns
    -------
    dict
        As `dangol.publication.publish.publish`, which also says what it raises.
    """
    try:
        dbt_docs.bring_up_to_date(settings)
    except (DangolError, OSError) as error:
        log.error("published without dbt's documentation: %s", error)
    return publish(settings, night)
