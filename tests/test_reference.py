"""The reference of contracts and entities: complete, with examples that can be used."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from dangol.contracts import standard
from dangol.contracts.properties import OF_COLUMN, OF_CONTRACT, OF_STREAM, Property
from dangol.contracts.reading import load_contract
from dangol.model_facts import read_models, strategies
from dangol.reference import PAGE, render_page, write_page
from dangol.settings import PROJECT_ROOT

ALL = [
    *standard.CONTRACT, *OF_CONTRACT.values(), *standard.STREAM, *OF_STREAM.values(),
    *standard.COLUMN, *OF_COLUMN.values(),
]  # fmt: skip

FURTHER: Mapping[str, dict[str, Any]] = {
    "overlap": {"rowIdentity": "place", "eventTime": "at"},
    "rowIdentity": {"rowIdentity": "place"},
    "records": {"format": "json"},
    "sheet": {"format": "xlsx"},
    "linePattern": {"format": "text"},
    "thousandsMark": {"decimalMark": ","},
    "deletionValues": {"deletionMark": "deleted_at"},
    "snapshotParts": {
        "delivery": "full_snapshot", "filePattern": r"orders_{date}_{part}\.csv",
    },
}  # fmt: skip
"""What else a stream has to say for an example to make sense."""


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == render_page()


def test_the_page_is_written_where_it_is_asked_for(tmp_path: Path) -> None:
    page = write_page(tmp_path / "docs" / "contracts.md")
    assert page.read_text(encoding="utf-8") == render_page()


@pytest.mark.parametrize("each", ALL, ids=lambda each: each.name)
def test_every_property_has_a_line_with_what_it_says_and_what_is_true_without_it(
    each: Property,
) -> None:
    assert each.default
    assert each.meaning.endswith(".")
    [line] = [
        line
        for line in render_page().splitlines()
        if re.match(rf"\| `(customProperties: )?{re.escape(each.name)}` \|", line)
        and each.meaning.replace("|", "\\|") in line
    ][:1]
    assert all(f"`{choice}`" in line for choice in each.choices)


def read_of_the_standard(variable: str) -> set[str]:
    """The attributes of a variable that the readers of contracts use."""
    found = set()
    for name in ("reading", "streams", "columns"):
        source = (PROJECT_ROOT / "dangol" / "contracts" / f"{name}.py").read_text(encoding="utf-8")
        found |= {
            node.attr.rstrip("_")
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == variable
        }
    return found


@pytest.mark.parametrize(
    ("variable", "listed"),
    [("document", standard.CONTRACT), ("table", standard.STREAM)],
)
def test_every_field_of_the_standard_that_is_read_is_listed(
    variable: str, listed: tuple[Property, ...]
) -> None:
    only_checked = {"apiVersion", "kind"}
    names = {each.name.partition(".")[0] for each in listed} - only_checked
    assert read_of_the_standard(variable) == names


def test_every_field_of_a_column_that_is_read_is_listed() -> None:
    ours = {"header_names", "former_names", "time_format", "is_key", "sql_type"}
    assert read_of_the_standard("column") - ours == {each.name for each in standard.COLUMN}


def contract_with(
    stream: Mapping[str, Any], column: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The examples of the standard's fields, with custom properties of the stream and a column."""
    facts = {each.name: each.example for each in standard.CONTRACT if each.example}
    facts["team"] = {"name": facts.pop("team.name")}
    base = {"filePattern": r"orders_{from}_{to}\.csv", "delivery": "partition"}
    key = stream.get("rowIdentity") != "place"
    shown = {each.name: each.example for each in standard.COLUMN if each.example is not None}
    return facts | {
        "customProperties": [as_written(OF_CONTRACT["activeFrom"])],
        "schema": [{
            "name": "orders",
            "customProperties": [
                {"property": name, "value": value} for name, value in (base | dict(stream)).items()
            ],
            "properties": [
                shown | {"primaryKey": key},
                {"name": "order_id"}, {"name": "amount"}, {"name": "deleted_at"},
                {"name": "quantity", "physicalType": "BIGINT"},
                {"name": "ordered_at", "physicalType": "TIMESTAMP"},
                {"name": "at", "physicalType": "DATE"} | dict(column or {}),
            ],
        }],
    }  # fmt: skip


def as_written(each: Property) -> dict[str, Any]:
    return {"property": each.name, "value": each.example}


def read(tmp_path: Path, document: Mapping[str, Any]) -> Any:
    file = tmp_path / "shop" / "contract.yml"
    file.parent.mkdir()
    file.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return load_contract(file.parent)


@pytest.mark.parametrize("each", OF_STREAM.values(), ids=lambda each: each.name)
def test_the_example_of_a_stream_s_property_is_accepted(tmp_path: Path, each: Property) -> None:
    given = {each.name: each.example} | FURTHER.get(each.name, {})
    if each.name == "format":
        given |= {"filePattern": r"orders_{date}\.txt"}
    if given.get("format") == "text":
        given |= {"linePattern": OF_STREAM["linePattern"].example}
    contract = read(tmp_path, contract_with(given))
    assert contract.streams[0].columns[0].physical_name == "단가(원)"


@pytest.mark.parametrize("each", OF_COLUMN.values(), ids=lambda each: each.name)
def test_the_example_of_a_column_s_property_is_accepted(tmp_path: Path, each: Property) -> None:
    column = {"customProperties": [as_written(each)]}
    assert read(tmp_path, contract_with({}, column)).active_from is not None


@pytest.mark.parametrize("entity", strategies())
def test_every_entity_has_a_section_with_a_line_per_column(entity: str) -> None:
    sections = dict(re.findall(r"^### (\w+)\n\n(.*?)(?=\n### |\Z)", render_page(), re.M | re.S))
    [model] = [each for each in read_models() if each.name == entity and each.layer == "cleaned"]
    lines = re.findall(r"^\| `(\w+)` \|", sections[entity], re.M)
    assert lines == list(model.columns)
    assert ("`receivedIn`" in sections[entity]) == (strategies()[entity] == "versions")


def test_a_column_that_the_gate_needs_is_required() -> None:
    page = render_page()
    assert "| `net_amount` | decimal(18, 4) | required |" in page
    assert "| `store_id` | string | may be null |" in page
    assert "| `refund_id` | string | required: part of the key |" in page
    assert "| `is_active` | boolean | added by Dangol |" in page
    assert "| `order_date` | date | required; without it, the day of `ordered_at` |" in page


def test_a_rule_says_how_serious_it_is_and_what_it_needs() -> None:
    assert "- cleaned.refunds.refund_amount is at least 0 (critical)" in render_page()
    assert "name a product in the catalogue (a warning, with products)" in render_page()
