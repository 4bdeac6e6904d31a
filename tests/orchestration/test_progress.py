import json
import os

import pytest

from dangol.orchestration import progress


@pytest.fixture
def pipe(monkeypatch):
    reading, writing = os.pipe()
    monkeypatch.setenv(progress.PIPE_VARIABLE, str(writing))
    yield reading, writing
    os.close(reading)
    os.close(writing)


def test_an_event_is_one_line(pipe):
    progress.tell("done", "extract grocer_till.transactions", seconds=1.5)
    assert os.read(pipe[0], 65_536) == (
        b'{"event": "done", "task": "extract grocer_till.transactions", "seconds": 1.5}\n'
    )


def test_a_long_error_is_cut_so_that_its_line_is_written_at_once(pipe):
    progress.tell("failed", "gate_raw", error="단골\n" * 5_000)
    line = os.read(pipe[0], 65_536)
    assert len(line) <= 4_096
    assert json.loads(line)["error"] == ("단골\n" * 5_000)[:800]


def test_without_a_driver_nothing_happens(monkeypatch):
    monkeypatch.delenv(progress.PIPE_VARIABLE, raising=False)
    progress.tell("started", "begin")


def test_a_terminal_that_is_gone_does_not_stop_the_night(monkeypatch):
    reading, writing = os.pipe()
    os.close(reading)
    monkeypatch.setenv(progress.PIPE_VARIABLE, str(writing))
    progress.tell("started", "begin")
    os.close(writing)
    assert progress.PIPE_VARIABLE not in os.environ
