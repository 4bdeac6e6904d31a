"""Lines of text with a pattern, such as the log of a web server."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.extract.conftest import Feed

COMBINED = (
    r"(?P<ip>\S+) (?P<ident>\S+) (?P<user>\S+) \[(?P<time>[^\]]+)\] "
    r'"(?P<request>[^"\\]*(?:\\.[^"\\]*)*)" (?P<status>\d{3}) (?P<bytes>\d+|-) '
    r'"(?P<referer>[^"\\]*(?:\\.[^"\\]*)*)" "(?P<agent>[^"\\]*(?:\\.[^"\\]*)*)"'
)
COLUMNS = (
    {"name": "client_ip", "physicalName": "ip", "required": True},
    {"name": "requested_at", "physicalName": "time", "type": "TIMESTAMP",
     "format": "%d/%b/%Y:%H:%M:%S %z"},
    {"name": "request"},
    {"name": "status", "type": "BIGINT"},
    {"name": "bytes", "type": "BIGINT"},
    {"name": "referer"},
)  # fmt: skip
GOOD = (
    '203.0.113.7 - kim [10/Oct/2026:13:55:36 +0900] "GET /p?q=\\"x\\" HTTP/1.1" 200 2326 '
    '"https://example.com/" "Mozilla/5.0 (\\"KR\\")"'
)
BARE = '203.0.113.8 - - [10/Oct/2026:13:55:37 +0900] "-" 408 - "-" "-"'


def test_a_combined_log_is_read_by_the_groups_of_its_pattern(
    make_feed: Callable[..., Feed],
) -> None:
    feed = make_feed(*COLUMNS, filePattern=r"access_{date}\.log(\.gz)?", linePattern=COMBINED,
                     nullWords=["-"])  # fmt: skip
    bad = [GOOD.replace(" 200 ", " OK "), f"{GOOD} 0.7", GOOD.replace("10/Oct", "31/Feb"), "x"]
    load = feed.load(
        "access_2017-01-05.log.gz", "\r\n".join(["#Fields: x", GOOD, "", BARE, *bad, ""])
    )
    rows = feed.values("client_ip, requested_at, request, status, bytes, referer, _row")
    assert rows == [
        ("203.0.113.7", datetime(2026, 10, 10, 4, 55, 36), 'GET /p?q=\\"x\\" HTTP/1.1', 200, 2326,
         "https://example.com/", 2),
        ("203.0.113.8", datetime(2026, 10, 10, 4, 55, 37), None, 408, None, None, 3),
    ]  # fmt: skip
    extra = [json.loads(text) for (text,) in feed.values("_extra")]
    assert extra[0] == {"ident": None, "user": "kim", "agent": 'Mozilla/5.0 (\\"KR\\")'}
    no_match = "it does not match the contract's linePattern"
    assert feed.faults() == [
        (1, None, no_match, "#Fields: x"),
        (5, None, no_match, bad[0]),
        (6, None, no_match, bad[1]),
        (7, "requested_at", "requested_at does not fit its type TIMESTAMP", bad[2]),
        (8, None, no_match, "x"),
    ]
    assert (load.rows_read, load.rows_skipped) == (7, 1)


def test_comments_and_a_preamble_are_no_rows(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed({"name": "a"}, filePattern=r"x_{date}\.log", linePattern=r"(?P<a>\w+)",
                     comment="#", skipLines=1)  # fmt: skip
    load = feed.load("x_2017-01-05.log", "started\n#Version: 1\nx\n\ny\n")
    assert (feed.values("a"), load.rows_skipped) == ([("x",), ("y",)], 3)


def test_a_pattern_without_a_required_column_rejects_the_file(
    make_feed: Callable[..., Feed],
) -> None:
    feed = make_feed({"name": "a", "required": True}, filePattern=r"x_{date}\.log",
                     linePattern=r"(?P<b>\w+)")  # fmt: skip
    load = feed.load("x_2017-01-05.log", "x\n\ny\n")
    assert (load.status, load.rows_quarantined) == ("rejected", 2)
    assert load.reason == (
        "its linePattern lacks the required a; 0 of its 1 columns are in the contract"
    )


def test_an_optional_group_without_a_match_is_no_value(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed({"name": "a"}, {"name": "b"}, filePattern=r"x_{date}\.log",
                     linePattern=r"(?P<a>\w*)( (?P<b>\w+))?")  # fmt: skip
    feed.load("x_2017-01-05.log", "x y\nx\n y\n")
    assert feed.values("a, b") == [("x", "y"), ("x", None), (None, "y")]


def test_a_bad_byte_and_a_long_line_cost_their_own_lines(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed({"name": "a"}, filePattern=r"x_{date}\.log", linePattern=r"(?P<a>.*)")
    long = b"x" * 65_537
    longer = b"y" * (4 << 20) + b"y"
    feed.load(
        "x_2017-01-05.log", b"\n".join([b"a", "김\uae40".encode(), b"\xff", long, longer, b""])
    )
    assert feed.values("a") == [("a",), ("김김",)]
    assert [row[:3] for row in feed.faults()] == [
        (3, "a", "a contains U+FFFD, which marks lost characters"),
        (4, "a", "a is longer than 65,536 bytes"),
        (5, None, "it is longer than 4,194,304 characters"),
    ]


def test_corrected_lines_are_a_supplement(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed({"name": "a", "type": "BIGINT"}, filePattern=r"x_{date}\.log",
                     linePattern=r"(?P<a>\w+)")  # fmt: skip
    feed.load("x_2017-01-05.log", "1\nx\n!\n")
    load = feed.resubmitted(lambda text: text.replace("x\n!", "2\n3"))
    assert (load.file, feed.values("a")) == ("x_2017-01-05_s1.log", [(1,), (2,), (3,)])
