from types import SimpleNamespace

import pytest

from dangol import records
from dangol.night import Night
from dangol.nightly.claim import Claim
from dangol.orchestration import alerts, endings


@pytest.fixture
def sent(monkeypatch):
    told = []
    monkeypatch.setattr(alerts, "send", lambda alert, environment: told.append(alert))
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "http://127.0.0.1:8080")
    return told


def airflow(state):
    return SimpleNamespace(get_dagrun_state=lambda dag, run: SimpleNamespace(value=state))


def claim_of(night, run_id="manual__2017-12-30__1"):
    return Claim.of(run_id, night.business_date, is_one_process=False)


def test_a_run_that_is_green_and_published_nothing_is_told(small_home, last_night, tonight, sent):
    task = airflow("success")
    notice = endings.tell_if_marked(small_home, claim_of(last_night), tonight, task)
    assert sent == [notice]
    assert notice.subject == (
        "[Dangol] a run is marked a success and published nothing (2017-12-30)"
    )
    assert notice.text == (
        f"{notice.subject}\n\n"
        "manual__2017-12-30__1 is green in Airflow because a person marked it: `begin` did not run."
        " Readers do not have the night of 2017-12-30: clear the run from its first task.\n\n"
        "Run: manual__2017-12-30__1\n"
        "Run page: http://127.0.0.1:8080/dags/nightly/runs/manual__2017-12-30__1\n"
        "Night's page: http://127.0.0.1:8080/nights/2017-12-30.html\n"
    )


@pytest.mark.parametrize("state", ["failed", "running"])
def test_a_run_that_is_red_is_known(state, small_home, last_night, tonight, sent):
    endings.tell_if_marked(small_home, claim_of(last_night), tonight, airflow(state))
    assert sent == []


def test_a_run_that_published_is_fine(small_home, last_night, tonight, sent, monkeypatch):
    monkeypatch.setattr(endings, "why_unpublished", lambda settings, night: "")
    endings.tell_if_marked(small_home, claim_of(last_night), tonight, airflow("success"))
    assert sent == []


def test_an_airflow_that_does_not_answer_stops_no_night(small_home, last_night, tonight, sent):
    def silent(dag, run):
        raise RuntimeError("timed out")

    task = SimpleNamespace(get_dagrun_state=silent)
    assert endings.tell_if_marked(small_home, claim_of(last_night), tonight, task) is None
    own = claim_of(tonight, tonight.run_id)
    assert endings.tell_if_marked(small_home, own, tonight, airflow("success")) is None
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
