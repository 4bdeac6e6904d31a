"""What a ledger knows of a file is found by its delivery, and is what the whole ledger says."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dangol import ledger, precedence
from dangol.extract.known import Known
from dangol.ledger import Load


def load(number: int, day: int, sha: str, status: str, revision: int, part: str) -> Load:
    return Load(
        load_id=f"shop.orders.{number:06d}", number=number, system="shop", stream="orders",
        file=f"{part}_{day}", fingerprint=sha, load_date="2017-01-09", run_id="",
        contract_version="", started_at="", status=status, file_date=f"2017-01-0{day}",
        sha256=sha, revision=revision, part=part,
    )  # fmt: skip


_FILES = st.tuples(
    st.integers(1, 3),
    st.sampled_from("xyz"),
    st.sampled_from(["loaded", "loaded", "empty", "duplicate", "rejected", "waiting"]),
    st.integers(0, 1),
    st.sampled_from(["", "a"]),
)


@given(files=st.lists(_FILES, max_size=8), last=_FILES, is_snapshot=st.booleans())
def test_a_copy_s_original_is_that_of_the_whole_ledger(files, last, is_snapshot):
    loads = [load(number, *file) for number, file in enumerate(files, 1)]
    copy = replace(load(len(loads) + 1, *last), status=ledger.DUPLICATE)
    whole = precedence.superfluous_copies([*loads, copy], is_snapshot).get(copy.number)
    assert Known(loads, is_snapshot).original_of(copy) == whole


@pytest.mark.parametrize("is_snapshot", [False, True])
def test_a_file_is_compared_with_its_delivery_only(is_snapshot, monkeypatch):
    compared: list[int] = []
    real = precedence.superfluous_copies

    def counted(loads, is_snapshot):
        compared.append(len(loads))
        return real(loads, is_snapshot)

    monkeypatch.setattr(precedence, "superfluous_copies", counted)
    one = load(1, 1, "sha", "loaded", 0, "")
    loads = [
        replace(one, number=number, load_id=str(number), file_date=f"2017-{number:06d}")
        for number in range(1, 2_001)
    ]
    known = Known(loads, is_snapshot)
    for number in (1, 1_000, 2_000):
        copy = replace(loads[number - 1], number=3_000, load_id="3000", status=ledger.DUPLICATE)
        assert known.original_of(copy) == loads[number - 1]
    assert compared == [2, 2, 2]


def test_how_a_file_waited_is_known_by_night() -> None:
    first = replace(load(1, 1, "sha", "waiting", 0, ""), reason="it is cut off")
    known = Known([first], is_snapshot=False)
    tonight = replace(first, number=2, load_date="2017-01-10")
    assert known.is_noted(first)
    assert not known.is_noted(tonight)
    assert known.has_waited(tonight)
    assert not known.has_waited(first)
    assert not known.has_waited(replace(tonight, fingerprint="other"))
