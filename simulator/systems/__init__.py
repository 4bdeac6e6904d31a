"""One module per exporting system, and one line here.

A module has a ``NAME``, which is the folder in the landing zone, and ``exports(night)``, which
yields the files of a night. Modules that distinguish a browser's first visit define
``COUNTS_SESSIONS``.
"""

from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Protocol

from simulator.company import SimulationError
from simulator.export import Export
from simulator.night import Night

SYSTEMS = (
    *("ga4", "segment", "access_log"),  # web and app
    *("shopify", "square", "product_catalogue"),  # commerce
    *("loyalty", "hubspot", "salesforce"),  # customer master
    *("braze", "solapi", "sens", "mailchimp", "klaviyo"),  # messaging
    *("google_ads", "meta_ads", "naver_ads", "kakao_ads"),  # advertising
    *("zendesk", "call_centre", "typeform", "qualtrics", "judgeme", "social"),  # care and voice
    *("consents", "unsubscribes", "onetrust"),  # permission
    *("enrichment", "exchange_rates", "korean_holidays", "iot"),  # context
)
"""The systems, in the order in which their files are written."""


class System(Protocol):
    """A module of this package."""

    NAME: str

    @staticmethod
    def exports(night: Night) -> Iterable[Export]:
        """List the files of a night.

        Returns
        -------
        iterable of Export
            Empty on nights on which the system exports nothing.
        """


class UnknownSystemError(SimulationError):
    """No system has this name; the message lists the systems."""


def load_systems(names: Iterable[str] = SYSTEMS) -> Iterator[System]:
    """Import systems by name.

    Parameters
    ----------
    names
        All systems by default.

    Yields
    ------
    System
        Their modules.

    Raises
    ------
    UnknownSystemError
        If no system has one of the names.
    """
    for name in names:
        if name not in SYSTEMS:
            raise UnknownSystemError(
                f"no system is called {name!r}; there are {', '.join(SYSTEMS)}"
            )
        yield import_module(f"simulator.systems.{name}")  # type: ignore[misc]
