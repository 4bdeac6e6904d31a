"""JSON documents: a list of records somewhere in one document, which is read in pieces."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dangol.extract.formats import json_document as module
from dangol.extract.landed_bytes import IncompleteFileError, RefusedFileError

if TYPE_CHECKING:
    from tests.extract.conftest import Feed

PATTERN = r"orders_{date}_{part}\.json(\.gz)?"
FILE = "orders_2017-01-05_1.json"
COLUMNS = ({"name": "id", "required": True}, {"name": "count", "type": "BIGINT"})


@pytest.mark.parametrize(
    ("path", "document"),
    [
        ("", [{"id": "a", "count": 1}, {"id": "b", "count": "x"}]),
        ("orders", {"orders": [{"id": "a", "count": 1}, {"id": "b", "count": "x"}]}),
        ("data.orders", {"page": 1, "data": {"total": 2, "orders": [
            {"id": "a", "count": 1}, {"id": "b", "count": "x"}], "next": None}, "x": [[1], {}]}),
        ("data.orders", {"data.orders": [{"id": "a", "count": 1}, {"id": "b", "count": "x"}]}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("indent", [None, 2])
def test_records_are_where_the_contract_says(
    make_feed: Callable[..., Feed], path: str, document: Any, indent: int | None
) -> None:
    custom = {"records": path} if path else {}
    feed = make_feed(*COLUMNS, filePattern=PATTERN, **custom)
    load = feed.load(FILE, json.dumps(document, indent=indent))
    assert feed.values("id, count, _row") == [("a", 1, 1)]
    ((line, column, _, text),) = feed.faults()
    assert (line, column, json.loads(text)) == (2, "count", {"id": "b", "count": "x"})
    assert "\n" not in text
    assert (load.rows_read, load.part) == (2, "1")


def test_the_pages_of_a_delivery_are_its_parts(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(*COLUMNS, filePattern=PATTERN, records="items")
    for page in (1, 2, 3):
        items = [{"id": f"{page}-{nth}"} for nth in range(2)]
        feed.load(f"orders_2017-01-05_{page}.json.gz", json.dumps({"items": items}))
    assert [load.status for load in feed.loads("rows")] == ["loaded"] * 3
    assert len(feed.values()) == 6


@pytest.mark.parametrize(
    ("content", "status", "reason"),
    [
        ('{"items": [', "waiting", "its JSON document is truncated"),
        ('{"items": [{"id": "a"}', "waiting", "its JSON document is truncated"),
        ('{"items": [{"id": "a"}]', "waiting", "its JSON document is truncated"),
        ('{"items": [{"id": "a"}], "x": "y', "waiting", "its JSON document is truncated"),
        ('{"items": [{"id": tr', "waiting", "its JSON document is truncated"),
        ('{"items": [{"id": x}]}', "rejected",
         "it is not valid JSON near character 12: ask for it again"),
        ('{"items": [{"id": "a"} {"id": "b"}]}', "rejected",
         "it is not valid JSON near character 24: ask for it again"),
        ('{"items": [1:2]}', "rejected",
         "it is not valid JSON near character 13: ask for it again"),
        ('{"items" [1]}', "rejected", "it is not valid JSON near character 10: ask for it again"),
        ('{"items": [NaN]}', "rejected",
         "it is not valid JSON near character 12: ask for it again"),
        ('{"id": "a"}\n{"id": "b"}\n', "rejected",
         "its JSON document ends at character 13, and more follows: is it JSON lines?"),
        ('{"data": []}', "rejected", "its JSON document has no list at items (records)"),
        ('{"items": {"id": "a"}}', "rejected", "its JSON document has no list at items (records)"),
        ('[{"id": "a"}]', "rejected", "its JSON document has no list at items (records)"),
        ('{"items": [], "items": [1]}', "rejected",
         "its JSON document has two lists at items (records)"),
        ('{"items": []}', "rejected", "it has no rows, which its contract does not allow"),
        ("[" * 100_000, "rejected", "its JSON document is nested too deeply"),
        ("", "waiting", "it is empty (0 bytes)"),
        (" \n", "waiting", "its JSON document is truncated"),
    ],
)  # fmt: skip
def test_a_document_that_can_t_be_read(
    make_feed: Callable[..., Feed], content: str, status: str, reason: str
) -> None:
    feed = make_feed(*COLUMNS, filePattern=PATTERN, records="items")
    load = feed.load(FILE, content)
    assert (load.status, load.reason, load.rows_read) == (status, reason, 0)
    assert (feed.values(), feed.faults()) == ([], [])


def test_a_truncated_document_is_rejected_on_the_second_night(
    make_feed: Callable[..., Feed],
) -> None:
    feed = make_feed(*COLUMNS, filePattern=PATTERN)
    feed.land(FILE, '[{"id": "a"}')
    feed.extract(night="2017-01-06")
    feed.extract(night="2017-01-07")
    assert [load.status for load in feed.loads("rows")] == ["waiting", "rejected"]


def test_an_empty_page_is_a_day_without_rows(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(*COLUMNS, filePattern=PATTERN, records="items", emptyFiles=True)
    load = feed.load(FILE, '{"items": [], "next": null}')
    assert (load.status, load.reason) == ("empty", "it has no rows")


def test_records_that_are_no_objects_are_quarantined(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(*COLUMNS, filePattern=PATTERN)
    feed.load(FILE, '[{"id": "a"}, 1, "x", null, [2], {"id": "b", "id": "c"}]')
    assert [row[0:3:2] for row in feed.faults()] == [
        (2, "it is not a JSON object"),
        (3, "it is not a JSON object"),
        (4, "it is not a JSON object"),
        (5, "it is not a JSON object"),
        (6, "one of its objects has a key twice"),
    ]


def test_a_document_in_which_no_row_has_a_required_key(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(*COLUMNS, filePattern=PATTERN)
    load = feed.load(FILE, '[{"number": 1}, {"number": 2}]')
    assert (load.status, load.reason) == ("rejected", "none of its 2 rows has the required id")
    assert [row[3] for row in feed.faults()] == ['{"number": 1}', '{"number": 2}']


def test_a_document_may_be_on_one_line_of_any_length(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(*COLUMNS, filePattern=PATTERN)
    rows = [{"id": f"{nth:0200}", "count": nth} for nth in range(20_000)]
    assert feed.load(FILE, json.dumps(rows)).rows_loaded == 20_000


def test_corrected_records_are_a_supplement_in_json_lines(make_feed: Callable[..., Feed]) -> None:
    feed = make_feed(*COLUMNS, filePattern=PATTERN, records="items")
    items = [{"id": "a", "count": 1}, {"id": "b", "count": "x", "more": [1.5]}]
    feed.load(FILE, json.dumps({"items": items}))
    load = feed.resubmitted(lambda text: text.replace('"x"', '"y"'))
    assert (load.file, load.part, load.supplement, load.rows_quarantined) == (
        "orders_2017-01-05_1_s1.json.jsonl", "1", 1, 1,
    )  # fmt: skip
    load = feed.resubmitted(lambda text: text.replace('"y"', "2"))
    assert load.file == "orders_2017-01-05_1_s2.json.jsonl"
    assert feed.values("id, count, _extra") == [("a", 1, None), ("b", 2, '{"more":[1.5]}')]


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False,
                                                                             allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner,
                                                               max_size=3),
    max_leaves=12,
)  # fmt: skip


@given(records=st.lists(values, max_size=6), rest=values, piece=st.integers(1, 40),
       indent=st.sampled_from([None, 1]), cut=st.integers(0, 400))  # fmt: skip
@settings(max_examples=200, deadline=None, derandomize=True)
def test_any_document_is_read_in_pieces_of_any_size(
    records: list[Any], rest: Any, piece: int, indent: int | None, cut: int
) -> None:
    document = {"meta": rest, "data": {"x": rest, "rows": records, "y": rest}}
    text = json.dumps(document, indent=indent)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_PIECE", piece)
        target = io.StringIO()
        assert module._Document(io.StringIO(text)).write_records("data.rows", target)
        found = [json.loads(line) for line in target.getvalue().split("\n")[:-1]]
        assert found == records
        if cut < len(text):
            with pytest.raises((IncompleteFileError, RefusedFileError)):
                module._Document(io.StringIO(text[:cut])).write_records("data.rows", io.StringIO())
