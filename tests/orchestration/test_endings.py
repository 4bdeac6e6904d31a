from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import pytest

from dangol import records
from dangol.night import Night
from dangol.nightly import ending
from dangol.nightly.claim import Claim
from dangol.orchestration import alert_notes, alerts, endings
from dangol.publication.publish import publish


@pytest.fixture
def sent(monkeypatch):
    told = []
    monkeypatch.setattr(alerts, "send", lambda alert, environment: not told.append(alert))
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "http://127.0.0.1:8080")
    return told


def airflow(state):
    return SimpleNamespace(get_dagrun_state=lambda dag, run: SimpleNamespace(value=state))


RUN = "manual__2017-12-30__1"


@pytest.fixture
def claim(tonight):
    """The claim of tonight's run, after a run of the night before."""
    before = Claim.of(RUN, date(2017, 12, 30), is_one_process=False)
    return Claim.of(tonight.run_id, tonight.business_date, is_one_process=False).after(before)


def test_a_run_that_is_green_and_published_nothing_is_told(small_home, tonight, sent, claim):
    task = airflow("success")
    notice = endings.tell_if_marked(small_home, claim, tonight, task)
    assert sent == [notice]
    assert notice.subject == (
        "[Dangol] a run is marked a success and published nothing (2017-12-30)"
    )
    assert notice.text == (
        f"{notice.subject}\n\n"
        "manual__2017-12-30__1 is green in Airflow because a person marked it: it recorded no "
        "publication. Readers do not have the night of 2017-12-30: clear the run from its first "
        "task.\n\n"
        "Run: manual__2017-12-30__1\n"
        "Run page: http://127.0.0.1:8080/dags/nightly/runs/manual__2017-12-30__1\n"
        "Night's page: http://127.0.0.1:8080/nights/2017-12-30.html\n"
    )


def test_it_is_told_once_unless_nobody_heard_it(small_home, tonight, claim, monkeypatch):
    heard = iter([False, True])
    monkeypatch.setattr(alerts, "send", lambda alert, environment: next(heard))
    for _ in range(2):
        assert endings.tell_if_marked(small_home, claim, tonight, airflow("success"))
    assert endings.tell_if_marked(small_home, claim, tonight, airflow("success")) is None


def test_it_is_told_though_another_command_had_the_home_or_begin_is_tried_again(tonight):
    night = Claim.of(RUN, date(2017, 12, 30), is_one_process=False)
    by_hand = Claim.of("rollback", None, is_one_process=True).after(night)
    own = Claim.of(tonight.run_id, tonight.business_date, is_one_process=False).after(by_hand)
    again = Claim.of(tonight.run_id, tonight.business_date, is_one_process=False).after(own)
    for claim in (by_hand, own, again):
        assert (claim.last_run_id, claim.last_business_date) == (RUN, "2017-12-30")


@pytest.mark.parametrize("state", ["failed", "running"])
def test_a_run_that_is_red_is_known(state, small_home, tonight, sent, claim):
    endings.tell_if_marked(small_home, claim, tonight, airflow(state))
    assert sent == []


def test_a_record_of_alerts_that_is_damaged_alerts_once_more(small_home, tonight, caplog):
    alert_notes.record(small_home, tonight.business_date, tonight.run_id, "gate_raw")
    assert endings.is_alerted(small_home, tonight)
    (small_home.ops / "alerts" / f"{tonight.business_date}.jsonl").write_text("not JSON")
    assert not endings.is_alerted(small_home, tonight)
    assert f"whether {tonight.run_id} was alerted is not known" in caplog.text


def test_a_run_that_published_is_fine_whatever_is_added_by_day(
    small_home, last_night, tonight, fill_build, sent, claim, monkeypatch
):
    fill_build(last_night, 2)
    publish(small_home, replace(last_night, run_id=RUN))
    more = [("crm", "contacts")]
    monkeypatch.setattr("dangol.contracts.reading.stream_names", lambda settings: more)
    endings.tell_if_marked(small_home, claim, tonight, airflow("success"))
    assert sent == []


@pytest.mark.parametrize(("hour", "count"), [(2, 1), (9, 0)])
def test_a_night_that_another_run_has_published_since_is_fine(
    hour, count, small_home, tonight, sent, claim, monkeypatch
):
    last = Night.of(date(2017, 12, 30), small_home.company, RUN)
    monkeypatch.setattr(ending.step_runs, "now", lambda: "2017-12-31T03")
    ending.plan(small_home, last)
    row = {"run_id": "by hand", "step": "publish", "status": "done"}
    row["started_at"] = f"2017-12-31T{hour:02}"
    records.record(small_home, "step_runs", last.business_date, "publish", [row])
    endings.tell_if_marked(small_home, claim, tonight, airflow("success"))
    assert len(sent) == count


@pytest.mark.parametrize("table", ["publications", "step_runs", "plans", "alerts"])
def test_a_damaged_record_of_the_night_before_stops_no_night(
    table, small_home, tonight, sent, claim, caplog
):
    (small_home.ops / table).mkdir(parents=True)
    (small_home.ops / table / "2017-12-30.jsonl").write_bytes(b"\xff")
    assert endings.tell_if_marked(small_home, claim, tonight, airflow("success")) is None
    assert f"{table}/2017-12-30.jsonl is damaged" in caplog.text


def test_an_airflow_that_does_not_answer_stops_no_night(small_home, tonight, sent, claim):
    def silent(dag, run):
        raise RuntimeError("timed out")

    task = SimpleNamespace(get_dagrun_state=silent)
    assert endings.tell_if_marked(small_home, claim, tonight, task) is None
    first = Claim.of(tonight.run_id, tonight.business_date, is_one_process=False)
    assert endings.tell_if_marked(small_home, first, tonight, airflow("success")) is None
    assert endings.tell_if_marked(small_home, None, tonight, airflow("success")) is None


def test_a_warning_that_someone_must_hear_of_is_sent(tonight, sent):
    line = "no correction of tonight was rejected: till, tx_20171231_r1.csv (owner: shop)"
    endings.tell_warnings(tonight, {"gate": "raw", "alerts": [line]})
    [notice] = sent
    assert notice.subject == "[Dangol] gate raw warns (2017-12-31)"
    assert f"- {line}\n" in notice.text
    endings.tell_warnings(tonight, {"gate": "raw", "alerts": []})
    endings.tell_warnings(tonight, {"rows": 3})
    endings.tell_warnings(tonight, None)
    assert len(sent) == 1


def test_what_was_alerted_before_the_run_began_again_does_not_count(small_home, tonight):
    def note(table, row):
        records.record(small_home, table, tonight.business_date, "x", [row])

    assert not endings.is_alerted(small_home, tonight)
    note("alerts", {"run_id": tonight.run_id, "task": "raw.gate_raw", "sent_at": "2018-01-01T05"})
    assert endings.is_alerted(small_home, tonight)
    assert not endings.is_alerted(small_home, Night(tonight.business_date, tonight.as_of, "other"))
    begun = {"run_id": tonight.run_id, "step": "begin", "started_at": "2018-01-01T06"}
    note("step_runs", begun)
    assert not endings.is_alerted(small_home, tonight)
