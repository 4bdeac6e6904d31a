"""No personal value and no secret is anywhere but where the documentation says, whatever fails.

A club whose every row is about made-up people (`kinds`) runs a night in Airflow in which much is
wrong and which is published, and a night that stops at each place in which one can. Then all that
was written, printed and sent is searched, in any writing and inside any file.
"""

import json
from collections import Counter
from fnmatch import fnmatch

import duckdb
import pytest

from dangol import records
from dangol.extract.quarantine import quarantined_rows
from dangol.settings import Settings
from tests.end_to_end.canaries.conftest import FILE_NAME, SECRET
from tests.end_to_end.canaries.exports import PUBLISHED, STOPPED, STOPPED_DAY
from tests.end_to_end.canaries.kinds import CREDENTIALS, PERSONAL

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(1200)]

PEOPLE = set(PERSONAL)
ALLOWED = {
    "landing/*": (PEOPLE | {FILE_NAME}, "the exports as they came"),
    "lake/raw/*.parquet": (PEOPLE, "their rows"),
    "lake/quarantine/*.parquet": (PEOPLE, "their rows that could not be read, to be corrected"),
    "warehouse/build.duckdb": (PEOPLE, "what every table is built from"),
    "ops/unclaimed_files/*": ({FILE_NAME}, "what `dangol loads --unclaimed` names"),
    "id-key.json": ({SECRET}, "the secret itself"),
    "warehouse/publications/*/dangol.duckdb": ({"city"}, "published with a reason"),
    "warehouse/publications/*/customer_view/customers.parquet": ({"city"}, "the same table"),
}
"""What may be where in a home, and why: the list of docs/faults.md."""


def allowed_in(path):
    """Return what may be in a file, by its path in the folder of the nights."""
    _, _, inside = path.as_posix().partition("/home/")
    return set().union(
        *(what for pattern, (what, _) in ALLOWED.items() if fnmatch(inside, pattern))
    )


def results(club, day, gate):
    """Return the results of a gate in a night of a club."""
    settings = Settings.from_environment({"DANGOL_HOME": str(club.home)})
    return [
        row for row in records.read(settings, "gate_results", day) if row["gate"] == gate
    ]  # fmt: skip


@pytest.fixture(scope="module")
def found(night_after_night, searcher):
    """What is found where, by path in the folder of the nights."""
    return searcher.hits_below(night_after_night.folder)


def test_nothing_is_found_where_it_must_not_be(found):
    wrong = {
        str(path): hits
        for path, places in found.items()
        if (hits := {hit for hit in places if hit[0] not in allowed_in(path)})
    }
    assert wrong == {}


@pytest.mark.parametrize(
    "artefact",
    ["pages/*.html", "reports/*", "logs/*", "airflow/*.db", "data_docs/*.html",
     "dbt/target/*", "dbt/logs/*", "models/*", "ops/*.jsonl", "publications/*.parquet"],
)  # fmt: skip
def test_what_is_searched_is_there(night_after_night, artefact):
    """Or it would be clean because it is missing."""
    there = [file for file in night_after_night.folder.rglob("*") if file.is_file()]
    named = [file for file in there if fnmatch(file.as_posix(), f"*/home/*{artefact}")]
    assert [file for file in named if file.stat().st_size]


def test_every_value_is_found_where_it_may_be(found):
    """By the same search, or nothing would follow from what it does not find."""
    seen = Counter(what for places in found.values() for what in {what for what, _ in places})
    assert set(seen) >= PEOPLE | {FILE_NAME, SECRET}
    inside = {
        pattern: {
            what
            for path, places in found.items()
            if fnmatch(path.as_posix(), f"published/home/{pattern}")
            for what, _ in places
        }
        for pattern in ALLOWED
    }
    assert inside["landing/*"] == PEOPLE | {FILE_NAME}
    assert inside["lake/raw/*.parquet"] == PEOPLE
    assert inside["lake/quarantine/*.parquet"] == PEOPLE
    assert all(inside.values())


def test_the_published_night_goes_on_with_all_that_is_wrong(night_after_night):
    club, codes, said = night_after_night.published
    assert codes == [0], said
    rows = [row for gate in ("raw", "cleaned", "aggregated", "customer_view")
            for row in results(club, PUBLISHED, gate)]  # fmt: skip
    broken = {row["expectation"] for row in rows if row["status"] == "failed"}
    assert {row["status"] for row in rows} == {"passed", "failed", "skipped"}
    assert {
        "nobody is known at the gate raw", "nobody is known at the gate cleaned",
        "nobody is known at the gate aggregated", "nobody is known at the gate customer_view",
        "few rows of tonight's files were quarantined", "no correction of tonight was rejected",
        "nearly all of tonight's lines name a product in the catalogue",
    } <= broken  # fmt: skip
    settings = Settings.from_environment({"DANGOL_HOME": str(club.home)})
    reasons = [
        row["reason"]
        for row in quarantined_rows(settings)
        if row["load_id"] == "shop.orders.000002"
    ]
    assert len(reasons) == len(set(reasons)) + 1 == 11, "both kinds of lost characters are one"
    assert len(records.read(settings, "unclaimed_files", PUBLISHED)) == 2
    published = (club.home / "warehouse" / "dangol.duckdb").resolve()
    with duckdb.connect(published, read_only=True) as tables:
        set_aside = tables.execute("select reason, row_count from ops.set_aside").fetchall()
    assert set_aside == [("test order", 1)]
    failure = json.loads(
        (club.home / "models" / "churn" / f"{PUBLISHED}" / "failure.json").read_text()
    )
    assert failure["reason"].startswith("ConversionException")
    assert list((club.home / "models").glob("*/*/model.skops"))
    assert night_after_night.codes == [0] * len(night_after_night.codes)


@pytest.mark.parametrize("place", STOPPED)
def test_a_night_stops_where_it_should(night_after_night, place):
    club, codes, said = night_after_night.stopped[place]
    # the night, `dangol loads`, `dangol report` of a night that has not published, and a bug
    assert codes == [1, 0, 1, *([70] if place == "unexpected" else [])]
    failed_at = {"model": "cleaned", "unexpected": "gate_raw"}.get(place, f"gate_{place}")
    assert f"The night of {STOPPED_DAY} failed at {failed_at}" in said
    assert (club.home / "pages" / f"{STOPPED_DAY}.html").exists()
    if failed_at == f"gate_{place}":
        broken = [row for row in results(club, STOPPED_DAY, place) if row["status"] == "failed"]
        assert len([row for row in broken if row["severity"] == "critical"]) >= 4
        assert f"nobody is known at the gate {place}" in {row["expectation"] for row in broken}


def test_every_alert_arrived(night_after_night):
    logins, paths = night_after_night.received
    # two of the published night: of the rejected correction and of the model
    assert len(logins) == len(paths) == 2 + len(STOPPED)
    assert set(logins) == {CREDENTIALS["mail password"]}
    assert all(CREDENTIALS["webhook"] in path for path in paths)
