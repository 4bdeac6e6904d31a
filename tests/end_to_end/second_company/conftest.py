"""The home of a made-up gift shop, which Dangol does not know: see `exports` and `troubles`.

Its folder, ``company/``, was written with `dangol init`, `dangol source draft` and the
documentation (docs/second-company.md).
"""

import hashlib
import shutil
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Home
from tests.end_to_end.second_company import by_pandas
from tests.end_to_end.second_company.troubles import (
    CLOSED_NIGHT,
    FIRST_NIGHT,
    SECOND_NIGHT,
    first_night_files,
    second_night_files,
    trouble_file,
)

COMPANY = Path(__file__).with_name("company")
RESUBMITTED = "text in a number"
"""The trouble that is corrected by hand before the second night."""


class Shop(Home):
    """A home whose company's folder is elsewhere."""

    def __init__(self, path, landing, nursery, company=COMPANY):
        super().__init__(path, landing, nursery)
        self.company = Path(company)
        self.environment["DANGOL_COMPANY"] = str(company)
        self.invoices = Path(landing) / "invoices"

    def copy(self, path):
        """Copy the home with its landing zone and its company's folder."""
        super().copy(path)
        company = shutil.copytree(self.company, path / "company")
        return Shop(path, path / "landing", self.nursery, company)

    def load_of(self, file):
        """Return the last load of a file."""
        [(load,)] = self.ask("select max(load_id) from ops.loads where file = ?", file)
        return load

    def stopped(self, day, *steps):
        """Run steps of a night of which the last fails; return what was said."""
        names = ["begin", "extract", "stage_raw", *steps]
        act = self.start("steps", day=f"{day}", names=names)
        assert act.wait() != 0
        return act.log.read_text()

    def warnings(self, night):
        """Return the expectations that a night did not meet."""
        return {
            sentence
            for (sentence,) in self.ask(
                "select expectation from ops.gate_results"
                " where not passed and status <> 'skipped' and business_date = ?",
                night,
            )
        }


@pytest.fixture(scope="session")
def gift_shop(shared, nursery):
    """The shop after its history, a closed Saturday and a Sunday on which much is corrected.

    Copy it, never change it.
    """

    def make(target):
        landing = target / "landing"
        first_night_files(landing)
        shop = Shop(target, landing, nursery)
        shop.night(FIRST_NIGHT)
        shutil.copytree(shop.invoices, target / "first_invoices")
        shop.night(CLOSED_NIGHT)
        _resubmit(shop, target)
        second_night_files(landing)
        shop.night(SECOND_NIGHT)

    before = _digests(COMPANY)
    target = shared("second_company", make)
    assert _digests(COMPANY) == before
    return Shop(target, target / "landing", nursery)


def _resubmit(shop, folder):
    """Correct a quarantined row by hand and land it as a supplement."""
    load, rows = shop.load_of(trouble_file(RESUBMITTED)), folder / "rows.csv"
    assert shop.command("quarantine", load, "--export", f"{rows}")[0] == 0
    rows.write_text(rows.read_text().replace("six", "6"))
    assert shop.command("resubmit", load, f"{rows}")[0] == 0


def _digests(folder):
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return [(file, hashlib.sha256(file.read_bytes()).hexdigest()) for file in files]


@pytest.fixture(scope="session")
def files(gift_shop):
    """The files in the landing zone in the end, read independently."""
    return by_pandas.read_folder(gift_shop.invoices)


@pytest.fixture(scope="session")
def delivered(gift_shop, files):
    """Every file that ever arrived, but those whose content had arrived before."""
    first = by_pandas.read_folder(gift_shop.path / "first_invoices")
    return list({file.content: file for file in (*files.values(), *first.values())}.values())


@pytest.fixture(scope="session")
def rows(files):
    """The rows that the corrections leave."""
    return by_pandas.judged(by_pandas.current_files(files))


@pytest.fixture
def shop(gift_shop, tmp_path):
    """The shop for one test."""
    return gift_shop.copy(tmp_path / "home")
