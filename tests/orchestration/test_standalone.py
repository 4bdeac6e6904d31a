from pathlib import Path

import pytest

from dangol.orchestration import standalone
from dangol.orchestration.processes import AirflowStartError

LOGS = Path("/logs")


class Service:
    def __init__(self, code=None):
        self.code = code

    def poll(self):
        return self.code


@pytest.fixture
def clock(monkeypatch):
    """Time passes only while someone waits."""
    now = [0.0]
    monkeypatch.setattr(standalone.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(
        standalone.time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds)
    )
    return now


def awaited(clock, monkeypatch, up_at, wait=600):
    monkeypatch.setattr(
        standalone, "health", lambda port: {name for name, at in up_at.items() if clock[0] >= at}
    )
    said = []
    standalone._await({"scheduler": Service()}, said.append, 8080, wait, LOGS)
    return said


UP = {"api-server": 20, "database": 20, "scheduler": 22, "triggerer": 22, "dag-processor": 40}


def test_each_part_is_told_as_it_comes_up_and_what_is_awaited_meanwhile(clock, monkeypatch):
    assert awaited(clock, monkeypatch, UP) == [
        "     waiting for api-server, 16 s of 600 s",
        "  ✓  api-server is up, 20 s",
        "  ✓  scheduler is up, 22 s",
        "  ✓  triggerer is up, 22 s",
        "     waiting for dag-processor, 32 s of 600 s",
        "  ✓  dag-processor is up, 40 s",
    ]


def test_it_waits_as_long_as_it_is_told_and_no_longer(clock, monkeypatch):
    assert awaited(clock, monkeypatch, {**UP, "scheduler": 599})[-1] == (
        "  ✓  scheduler is up, 599 s"
    )
    clock[0] = 0.0
    with pytest.raises(AirflowStartError) as given_up:
        awaited(clock, monkeypatch, {**UP, "scheduler": 99}, wait=60)
    assert str(given_up.value) == (
        "Airflow's scheduler did not answer within 60 s: see /logs/airflow-*.log, or wait longer "
        "with --wait"
    )


def test_a_service_that_ends_is_told_at_once(clock, monkeypatch):
    monkeypatch.setattr(standalone, "health", lambda port: set())
    with pytest.raises(AirflowStartError) as ended:
        standalone._await({"triggerer": Service(1)}, print, 8080, 600, LOGS)
    assert str(ended.value) == "Airflow's triggerer ended: see /logs/airflow-triggerer.log"
