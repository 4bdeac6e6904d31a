"""`datacontract lint`, the standard's own tool, accepts every contract that is shown to anyone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from dangol.contracts import standard
from dangol.contracts.properties import OF_COLUMN, OF_CONTRACT, OF_STREAM, Property

ROOT = Path(__file__).parents[2]
CONTRACTS = sorted([
    *ROOT.glob("sources/**/*contract.yml"), *ROOT.glob("dangol/example/**/*contract.yml"),
])  # fmt: skip


def lint(file: Path) -> tuple[int, str]:
    done = subprocess.run(
        [Path(sys.executable).with_name("datacontract"), "lint", file],
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


def custom(properties: dict[str, Property]) -> list[dict[str, Any]]:
    return [{"property": each.name, "value": each.example} for each in properties.values()]


def everything() -> dict[str, Any]:
    """A contract with every field and every property of the reference page."""
    facts = {each.name: each.example for each in standard.CONTRACT if each.example is not None}
    facts["team"] = {"name": facts.pop("team.name")}
    column = {each.name: each.example for each in standard.COLUMN if each.example is not None}
    stream = {each.name: each.example for each in standard.STREAM if each.example is not None}
    columns = [column | {"customProperties": custom(OF_COLUMN)}]
    schema = [stream | {"customProperties": custom(OF_STREAM), "properties": columns}]
    return facts | {"customProperties": custom(OF_CONTRACT), "schema": schema}


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_contract_passes(contract: Path) -> None:
    code, text = lint(contract)
    assert code == 0, text
    assert "Data contract is valid" in text


def test_the_systems_and_the_example_are_among_them() -> None:
    systems = {file.parent.name for file in CONTRACTS}
    assert systems >= {"grocer_till", "grocer_loyalty", "example"}


def test_every_property_of_the_reference_passes(tmp_path: Path) -> None:
    file = tmp_path / "contract.yml"
    file.write_text(yaml.safe_dump(everything(), allow_unicode=True), encoding="utf-8")
    code, text = lint(file)
    assert code == 0, text


@pytest.mark.parametrize(
    ("place", "value"), [("status", ["active"]), ("schema", "orders"), ("apiVersion", None)]
)
def test_what_does_not_follow_the_standard_fails(tmp_path: Path, place: str, value: Any) -> None:
    file = tmp_path / "contract.yml"
    file.write_text(yaml.safe_dump(everything() | {place: value}), encoding="utf-8")
    assert lint(file)[0] == 1
