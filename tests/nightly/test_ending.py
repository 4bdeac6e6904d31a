import json
from dataclasses import replace

import pytest

from dangol import records
from dangol.night import Night
from dangol.nightly import ending, step_runs
from dangol.nightly.steps import STEPS
from dangol.publication.layout import name_of
from dangol.publication.store import Publication, save_manifest

NAMES = [step.name for step in STEPS]


def write_step(settings, night, name, minute, instance="", status="done", run_id=None):
    row = {
        "run_id": run_id or night.run_id,
        "step": name,
        "instance": instance,
        "status": status,
        "started_at": f"2018-01-01T05:{minute:02}:00.000+00:00",
    }
    part = f"{name} {instance}".strip()
    records.record(settings, step_runs.TABLE, night.business_date, part, [row])


def deliver(monkeypatch, *streams):
    """Set the streams that have a contract."""
    own = [tuple(stream.split(".")) for stream in streams]
    monkeypatch.setattr("dangol.contracts.reading.stream_names", lambda settings: own)


def write_plan(settings, night, minute):
    """Record what a run expects, as of a minute."""
    with pytest.MonkeyPatch.context() as clock:
        now = f"2018-01-01T05:{minute:02}:00.000+00:00"
        clock.setattr(ending.step_runs, "now", lambda: now)
        return ending.plan(settings, night)


def write_publication(settings, night, run_id=None, sequence=1):
    day = night.business_date.isoformat()
    made = Publication(
        name_of(day, sequence), sequence, day, night.run_id, "0" * 64, "", "2018-01-01"
    )
    made.file(settings).parent.mkdir(parents=True)
    made.file(settings).touch()
    save_manifest(settings, made)
    row = {"publication": made.name, "run_id": run_id or night.run_id}
    records.record(settings, "publications", night.business_date, made.name, [row])
    return made


@pytest.fixture
def done(small_home, tonight, monkeypatch):
    """A night of this run that published: every step is recorded, and the store has it."""
    deliver(monkeypatch, "grocer_till.transactions")
    write_plan(small_home, tonight, 0)
    for minute, step in enumerate(STEPS):
        for arguments in step.instances(small_home):
            write_step(small_home, tonight, step.name, minute, ".".join(arguments))
    write_publication(small_home, tonight)
    return small_home


def test_a_run_that_published_ends_well(done, tonight):
    ending.need_published(done, tonight)


@pytest.mark.parametrize("status", ["failed", "running"])
@pytest.mark.parametrize("name", NAMES)
def test_a_step_that_failed_or_was_stopped_is_red_whatever_state_it_is_given(
    name, status, done, tonight
):
    step = next(step for step in STEPS if step.name == name)
    instance = ".".join(step.instances(done)[0])
    write_step(done, tonight, name, NAMES.index(name), instance, status)
    how = "failed" if status == "failed" else "was stopped"
    assert ending.why_unpublished(done, tonight) == f"`{f'{name} {instance}'.strip()}` {how}"


@pytest.mark.parametrize("name", NAMES)
def test_a_step_that_was_skipped_is_red(name, done, tonight):
    part = records.read(done, step_runs.TABLE, tonight.business_date)
    for row in (row for row in part if row["step"] == name):
        records.record(done, step_runs.TABLE, tonight.business_date, row["part"], [])
    assert "did not run" in ending.why_unpublished(done, tonight)


def test_publish_that_is_only_marked_is_red_though_an_earlier_run_published(done, tonight):
    later = replace(tonight, run_id="manual__2")
    assert ending.why_unpublished(done, later) == "`begin` did not run"
    write_plan(done, later, 20)
    for minute, step in enumerate(STEPS):
        if step.name != "publish":
            for arguments in step.instances(done):
                name = ".".join(arguments)
                write_step(done, later, step.name, minute + 20, name, run_id="manual__2")
    assert ending.why_unpublished(done, later) == "`publish` did not run"


def test_a_step_that_ran_again_without_what_follows_is_red(done, tonight):
    write_step(done, tonight, "cleaned", 50)
    assert ending.why_unpublished(done, tonight) == (
        "`gate_cleaned` did not run again after `cleaned`"
    )


def test_the_copy_alone_can_run_again(done, tonight):
    write_step(done, tonight, "begin", 50)
    write_step(done, tonight, "copy", 51)
    assert ending.why_unpublished(done, tonight) == ""


def test_a_publication_that_is_gone_or_damaged_is_red(done, tonight):
    [row] = records.read(done, "publications", tonight.business_date)
    folder = done.publications / row["publication"]
    manifest = folder / "publication.json"
    text = manifest.read_text()
    manifest.write_text(json.dumps({"name": "../build.duckdb"}))
    assert "is damaged" in ending.why_unpublished(done, tonight)
    manifest.write_text(text)
    (folder / "dangol.duckdb").unlink()
    assert ending.why_unpublished(done, tonight) == (
        "publication 2017-12-31-0001 is not in the store"
    )


def test_tables_that_are_the_same_count_for_the_run_that_found_them_published(done, tonight):
    """``publish`` keeps a publication with equal tables, and records it for the later run."""
    later = Night(tonight.business_date, tonight.as_of, "manual__2")
    write_plan(done, later, 20)
    for minute, step in enumerate(STEPS):
        for arguments in step.instances(done):
            write_step(done, later, step.name, minute + 20, ".".join(arguments))
    assert ending.why_unpublished(done, later) == "it recorded no publication"
    row = {"publication": "2017-12-31-0001", "run_id": later.run_id}
    records.record(done, "publications", later.business_date, "2017-12-31-0001", [row])
    ending.need_published(done, later)


def test_the_message_says_that_marking_does_not_help(done, tonight):
    write_step(done, tonight, "gate_raw", 3, status="failed")
    with pytest.raises(ending.NotPublishedError) as refused:
        ending.need_published(done, tonight)
    assert str(refused.value) == (
        f"{tonight.run_id} is not done with the night of 2017-12-31: `gate_raw` failed. A state "
        "that was set by hand does not change that: clear the first task that is not done"
    )


def test_a_contract_that_is_added_while_a_run_is_at_work_is_not_of_that_run(
    done, tonight, monkeypatch
):
    deliver(monkeypatch, "grocer_till.transactions", "crm.contacts")
    assert ending.why_unpublished(done, tonight) == ""
    write_plan(done, tonight, 50)  # only the copy is cleared, the day after
    write_step(done, tonight, "copy", 51)
    assert ending.why_unpublished(done, tonight) == ""
    write_step(done, tonight, "stage_raw", 52)
    assert ending.why_unpublished(done, tonight) == "`extract crm.contacts` did not run"


def test_a_stream_that_was_retired_after_it_failed_no_longer_counts(done, tonight, monkeypatch):
    write_step(done, tonight, "extract", 1, "crm.contacts", status="failed")
    write_plan(done, tonight, 1)
    assert ending.why_unpublished(done, tonight) == ""


def test_what_a_run_expects_is_recorded_as_it_begins(small_home, tonight, monkeypatch):
    deliver(monkeypatch, "crm.contacts")
    planned = write_plan(small_home, tonight, 3)
    assert planned["extract"] == [["crm", "contacts"]]
    assert planned["train"] == planned["evaluate"] == [["segment"], ["spend"], ["churn"]]
    assert list(ending.plans_of(small_home, tonight)) == ["2018-01-01T05:03:00.000+00:00"]
