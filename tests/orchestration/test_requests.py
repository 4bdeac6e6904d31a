import asyncio
import json
from datetime import UTC, datetime

import pytest

from dangol.orchestration.requests import NamedRuns, completed
from dangol.settings import Company

SHOP = Company("Shop", "Asia/Seoul", "KRW")
NOW = datetime(2018, 1, 1, 6, 0, tzinfo=UTC)


def test_a_night_that_is_asked_for_is_called_after_its_date():
    body = json.dumps({"conf": {"business_date": "2017-12-20"}, "logical_date": None}).encode()
    assert json.loads(completed(body, NOW, SHOP)) == {
        "conf": {"business_date": "2017-12-20"},
        "logical_date": None,
        "partition_key": "2017-12-20",
        "dag_run_id": "manual__2017-12-20__20180101T060000",
    }


@pytest.mark.parametrize("conf", [{}, {"business_date": None}])
def test_without_a_date_it_is_the_last_day_that_is_over(conf):
    request = json.loads(completed(json.dumps({"conf": conf}).encode(), NOW, SHOP))
    assert request["partition_key"] == "2017-12-31"
    assert request["dag_run_id"].startswith("manual__2017-12-31__")


def test_what_a_person_wrote_stays():
    body = json.dumps({"dag_run_id": "mine", "partition_key": "2017-12-20"}).encode()
    assert json.loads(completed(body, NOW, SHOP))["dag_run_id"] == "mine"


def test_a_night_that_a_task_starts_has_its_id_in_the_path():
    body = json.dumps({"conf": {"business_date": "2017-12-20"}}).encode()
    request = json.loads(completed(body, NOW, SHOP, has_id=True))
    assert (request["partition_key"], "dag_run_id" in request) == ("2017-12-20", False)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"conf": 7}',
        b'{"conf": {"business_date": "2017-02-30"}}',
        b'{"conf": {"business_date": 20171231}}',
    ],
)
def test_what_airflow_refuses_is_left_to_it(body):
    assert completed(body, NOW, SHOP) == body


def test_without_a_company_a_request_without_a_date_stays_as_it_is():
    assert completed(b'{"conf": {}}', NOW, None) == b'{"conf": {}}'


def seen_by_airflow(path, body, method="POST"):
    seen = {}

    async def airflow(scope, receive, send):
        read, is_more = b"", True
        while is_more:
            message = await receive()
            read, is_more = read + message["body"], message["more_body"]
        seen.update(body=read, length=dict(scope["headers"])[b"content-length"])

    parts = [body[:5], body[5:]]

    async def receive():
        part = parts.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(parts)}

    scope = {
        "type": "http", "method": method, "path": path,
        "headers": [(b"content-length", str(len(body)).encode())],
    }  # fmt: skip
    asyncio.run(NamedRuns(airflow)(scope, receive, None))
    assert int(seen["length"]) == len(seen["body"])
    return seen["body"]


def test_only_requests_that_trigger_a_night_are_completed():
    body = b'{"conf": {"business_date": "2017-12-20"}}'
    named = json.loads(seen_by_airflow("/api/v2/dags/nightly/dagRuns", body))
    assert named["partition_key"] == "2017-12-20"
    of_task = json.loads(seen_by_airflow("/execution/dag-runs/nightly/backfill__1", body))
    assert of_task["partition_key"] == "2017-12-20"
    assert seen_by_airflow("/execution/dag-runs/nightly/backfill__1/clear", body) == body
    assert seen_by_airflow("/api/v2/dags/backfill/dagRuns", body) == body
    assert seen_by_airflow("/api/v2/dags/nightly/dagRuns", body, "PATCH") == body


def test_a_request_that_is_too_large_to_be_one_passes_as_it_is():
    body = b'{"conf": {"note": "' + b"x" * 100_000 + b'"}}'
    assert seen_by_airflow("/api/v2/dags/nightly/dagRuns", body) == body
