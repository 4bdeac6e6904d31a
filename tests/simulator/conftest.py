"""A small Dangol Mart, written once for each system and span of days that a test requests."""

import gzip
from datetime import date
from functools import lru_cache
from pathlib import Path

import pytest

from simulator.company import Company
from simulator.run import Order, simulate

GOLDEN = Path(__file__).parent / "golden"


class World:
    """Writes exports and finds them again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @lru_cache(maxsize=64)  # noqa: B019 - lives as long as the tests
    def write(self, system, first, last=None, customers=1500, seed=7, **parameters):
        """Write a system's exports for some days; return its folder and the truth's."""
        folder = self.folder / str(len(list(self.folder.iterdir())))
        landing, truth = folder / "landing", folder / "truth"
        company = Company(customers, seed=seed, **parameters)
        order = Order(company, first, last or first, landing, truth, (system,), has_future=False)
        simulate(order)
        return landing / system, truth

    def text(self, system, name, first, last=None, **parameters):
        """Return one file as text, unpacked if it is gzipped."""
        content = (self.write(system, first, last, **parameters)[0] / name).read_bytes()
        return (gzip.decompress(content) if name.endswith(".gz") else content).decode()


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    return World(tmp_path_factory.mktemp("worlds"))


@pytest.fixture(scope="session")
def monday():
    """A day without holidays near it."""
    return date(2026, 3, 9)
