"""A staging model is tried before dbt reads it: what it finds is what dbt would stop at."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from dangol.contracts.reading import load_contract
from dangol.contracts.staging import models_of
from dangol.contracts.trial import try_models
from dangol.settings import PROJECT_ROOT, SOURCES

OWN = PROJECT_ROOT / "tests" / "end_to_end" / "second_company" / "company" / "systems"
EXAMPLE = PROJECT_ROOT / "dangol" / "example" / "systems" / "example"
MODEL = "stg_example__order_lines.sql"


@pytest.fixture
def example(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "example"))


def tried(folder: Path) -> str:
    contract = load_contract(folder)
    return try_models(contract, models_of(contract))


@pytest.mark.parametrize(
    "folder",
    [*sorted(file.parent for file in SOURCES.glob("*/contract.yml")), OWN / "invoices",
     OWN / "accounts", EXAMPLE],
    ids=lambda folder: folder.name,
)  # fmt: skip
def test_models_that_run_are_passed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def not_left_to_dbt(file: Path, message: str) -> str:
        raise AssertionError(f"{file}: {message}")

    monkeypatch.setattr("dangol.contracts.trial._told", not_left_to_dbt)
    assert tried(folder) == ""


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("orders.quantity,\n", "orders.qti as quantity,\n",
         ':24: Binder Error: Values list "orders" does not have a column named "qti"'),
        ("select * from final", "select * form final", ":43: Parser Error: "),
        ("orders.ordered_at,", "{{ today('x') }} as ordered_at,", ":31: there is no macro today"),
        ("orders.ordered_at,", "today_of(1) as ordered_at,", ":31: Catalog Error: "),
        ("orders.ordered_at,", "[1] as ordered_at,", ": Binder Error: "),
        ("as net_amount", "as nett_amount",
         ": stg_example__order_lines has the column nett_amount, which order_lines does not"),
        ("        orders.order_id,\n", "",
         ": stg_example__order_lines has no column order_id, which every row of order_lines"),
    ],
)  # fmt: skip
def test_a_model_that_doesn_t_run_is_told(
    example: Path, before: str, after: str, told: str
) -> None:
    model = example / MODEL
    text = model.read_text(encoding="utf-8")
    assert before in text
    model.write_text(text.replace(before, after), encoding="utf-8")
    assert tried(example).startswith(f"{model}{told}")


@pytest.mark.parametrize(
    "ordered_at",
    [
        "{{ env_var('MOMENT') }}",
        "{{ dbt.current_timestamp() }}",
        "{{ current_timestamp() }}",
        "(select max(ordered_at) from {{ this }})",
        "(select max(ordered_at) from {{ target.schema }}.order_lines)",
        "(select max(ordered_at) from {{ model.schema }}.order_lines)",
        "(select max(ordered_at) from {{ var('orders', schema ~ '.order_lines') }})",
        "(select max(ordered_at) from {{ ref('order_lines') }})",
        "(select max(file_date) from {{ source('ops', 'snapshots') }})",
        "cast('tomorrow' as timestamp)",
        "(select max(ordered_at) from cleaned.order_lines)",
        "(select max(file_date) from ops.snapshots)",
    ],
)
def test_what_only_dbt_or_rows_can_tell_is_left_to_them(example: Path, ordered_at: str) -> None:
    model = example / MODEL
    text = model.read_text(encoding="utf-8")
    model.write_text(
        text.replace("orders.ordered_at,", f"{ordered_at} as ordered_at,"), encoding="utf-8"
    )
    assert tried(example) == ""


def test_a_model_may_read_others_of_its_system(example: Path) -> None:
    text = (example / MODEL).read_text(encoding="utf-8")
    base = "select * from {{ source('example', 'orders') }}"
    (example / "stg_example__zz_base.sql").write_text(base, encoding="utf-8")
    other = text.replace("source('example', 'orders')", "ref('stg_example__zz_base')")
    (example / MODEL).write_text(other, encoding="utf-8")
    assert tried(example) == ""
    (example / "stg_example__zz_base.sql").write_text(base.replace("*", "order_id"))
    assert tried(example).startswith(f"{example / MODEL}:")
