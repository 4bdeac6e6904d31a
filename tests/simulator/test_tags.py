"""Tags, pipeline and web server see the same visits: pages, times, addresses, browsers."""

import json
import re
from datetime import datetime, timedelta, timezone

import duckdb
import pyarrow.parquet as pq
import pytest

KOREA = timezone(timedelta(hours=9))
PAGE = re.compile(r'^(\S+) - - \[([^\]]+)\] "GET (\S+) HTTP/2.0" \d+ \S+ "[^"]*" "([^"]*)"$')


@pytest.fixture(scope="module")
def log(world, monday):
    """Requests of people: address, second, path with parameters, browser."""
    text = world.text("access_log", f"access_{monday}.log.gz", monday)
    return {found.groups() for line in text.splitlines() if (found := PAGE.match(line))}


@pytest.fixture(scope="module")
def pages(world, monday):
    """Pages of people on the site, with what Segment says about the visitor."""
    name = f"segment_{monday}.json.gz"
    _, truth = world.write("segment", monday)
    people = duckdb.sql(f"select person from '{truth}/records/*.parquet' order by row").fetchall()
    wrong = {
        row: clean
        for row, clean in duckdb.sql(
            f"select row, clean from '{truth}/mistakes/*.parquet' where name = 'originalTimestamp'"
        ).fetchall()
    }
    found = []
    for row, line in enumerate(world.text("segment", name, monday).splitlines(), start=1):
        message = json.loads(line)
        if message["type"] == "page" and people[row - 1][0] >= 0:
            at = datetime.fromisoformat(wrong.get(row, message["originalTimestamp"]))
            found.append((message["context"], at.astimezone(KOREA)))
    return found


def test_each_page_of_a_person_is_in_the_server_s_log(log, pages, monday):
    assert len(pages) > 300
    for context, at in pages:
        if at.date() == monday:
            page, moment = context["page"], f"{at:%d/%b/%Y:%H:%M:%S} +0900"
            path = page["path"] + page["search"]
            assert (context["ip"], moment, path, context["userAgent"]) in log


def test_analytics_and_pipeline_agree_on_pages_and_moments(world, pages, monday):
    folder, _ = world.write("ga4", monday)
    table = pq.read_table(folder / f"events_{monday:%Y%m%d}_000000000000.parquet").to_pylist()
    seen = {
        (row["event_timestamp"] // 1000, each["value"]["string_value"])
        for row in table
        if row["event_name"] == "page_view"
        for each in row["event_params"]
        if each["key"] == "page_location"
    }
    for context, at in pages:
        if at.date() == monday:
            milliseconds = round(at.timestamp() * 1000)
            assert (milliseconds, context["page"]["url"]) in seen


def test_each_browser_is_recognised(world, monday):
    folder, _ = world.write("ga4", monday, monday + timedelta(days=7))
    found = duckdb.sql(
        "select distinct device.operating_system, device.web_info.browser from"
        f" '{folder}/*.parquet' where platform = 'WEB'"
    ).fetchall()
    assert {
        *(("Windows", name) for name in ("Chrome", "Edge", "Whale Browser", "Firefox")),
        *(("Macintosh", "Safari"), ("iOS", "Safari")),
        *(("Android", name) for name in ("Chrome", "Samsung Internet")),
    } <= set(found)


def test_channels_are_named_as_in_the_server_s_log(log, pages):
    mediums = {context["campaign"]["medium"] for context, _ in pages if "campaign" in context}
    logged = {found[1] for _, _, path, _ in log if (found := re.search("utm_medium=([^&]+)", path))}
    assert mediums
    assert mediums <= logged
