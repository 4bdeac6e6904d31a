"""Loaded files stay the deliveries that they were, unless a correction says otherwise."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dangol.build.deliveries import MergedDeliveriesError, need_deliveries_apart
from dangol.ledger import LOADED, Load


def load(number: int, part: str, revision: int = 0, contract: str = "c1") -> Load:
    suffix = f"_r{revision}" if revision else ""
    return Load(
        load_id=f"shop.sales.{number:06d}",
        number=number,
        system="shop",
        stream="sales",
        file=f"{part or 'all'}_2017-01-02{suffix}.csv",
        fingerprint=str(number),
        load_date="2017-01-02",
        run_id="r",
        contract_version="1.0.0",
        started_at="",
        file_date="2017-01-02",
        part=part,
        revision=revision,
        status=LOADED,
        contract_digest=contract,
    )


def without_parts(*loads: Load) -> None:
    need_deliveries_apart(loads, [replace(each, part="") for each in loads])


@pytest.mark.parametrize("contract", ["c1", "c2"])
@pytest.mark.parametrize("revision", [0, 1])
def test_parts_that_are_one_by_another_contract_are_told(contract: str, revision: int) -> None:
    loads = (load(1, "seoul"), load(2, "busan", revision, contract))
    with pytest.raises(MergedDeliveriesError) as caught:
        without_parts(*loads)
    assert f"shop.sales: {loads[1].file} and seoul_2017-01-02.csv are loaded" in str(caught.value)
    assert "look at it with `dangol contracts`, and run the night again" in str(caught.value)
    assert f"whose name ends in _r{revision + 1}: " in str(caught.value)


def test_how_many_deliveries_are_merged_is_told() -> None:
    days = [
        replace(each, file=each.file.replace("01-02", day), file_date=f"2017-{day}")
        for day in ("01-02", "01-03", "01-04")
        for each in (load(1, "seoul"), load(2, "busan"))
    ]
    with pytest.raises(MergedDeliveriesError, match="and so are those of 2 other deliveries"):
        without_parts(*days)


def test_a_file_that_outranks_all_merges_them() -> None:
    without_parts(load(1, "10h"), load(2, "11h"), load(3, "", 1, "c2"))
    apart = (load(1, "10h"), load(2, "11h", 1, "c2"))
    without_parts(*apart, load(3, "", 2, "c3"))
    for too_low in (0, 1):
        with pytest.raises(MergedDeliveriesError):
            without_parts(*apart, load(3, "", too_low, "c3"))


def test_a_part_that_outranks_all_merges_nothing() -> None:
    with pytest.raises(MergedDeliveriesError):
        without_parts(load(1, "seoul"), load(2, "busan", 1, "c2"), load(3, "jeju", 2, "c3"))


def test_a_correction_under_the_merging_contract_replaces_the_one_file() -> None:
    without_parts(load(1, "seoul"), load(2, "", 1, "c2"))
    without_parts(load(1, "seoul"), load(2, "seoul", 1, "c2"))
