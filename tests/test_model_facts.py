"""What is misspelt in the YAML of a model is refused by name, not found missing at a gate."""

from __future__ import annotations

from pathlib import Path

import pytest

from dangol.model_facts import ModelFactsError, permits_of, read_models


@pytest.mark.parametrize(
    ("meta", "wrong"),
    [
        ("grian: [order_id]", "grian"),
        ("grain: [order_id], arrives_by: loads", "arrives_by: loads"),
    ],
)
def test_a_misspelt_meta_is_refused_by_name(tmp_path: Path, meta: str, wrong: str) -> None:
    folder = tmp_path / "cleaned"
    folder.mkdir()
    model = f"  - name: orders\n    description: One row.\n    config: {{meta: {{{meta}}}}}\n"
    (folder / "_cleaned__models.yml").write_text(f"models:\n{model}", encoding="utf-8")
    with pytest.raises(ModelFactsError, match=f"cleaned: the meta of orders has {wrong}, which"):
        read_models(tmp_path)


@pytest.mark.parametrize(
    "columns",
    [None, 5, "a", {"name": "a"}, [5], ["a"], [{"name": 5}], [{"name": "a", "config": "publish"}],
     [{"name": "a", "config": {"meta": ["publish"]}}]],
)  # fmt: skip
def test_columns_of_another_shape_permit_nothing_and_are_left_to_dbt(columns: object) -> None:
    assert permits_of({"name": "stg_shop__orders", "columns": columns}) == {}
