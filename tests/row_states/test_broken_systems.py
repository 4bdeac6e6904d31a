"""A system with a mistake in its files costs only itself; the others' night goes on."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from dangol import ledger, records
from dangol.build.transform import LayerFailedError
from dangol.contracts.reading import contract_problems, load_contracts
from tests.row_states.conftest import Shop

READABLE = "the contract and the staging models of each of the company's systems can be read"
KNOWN = "every loaded file belongs to a stream with a contract"


@pytest.fixture
def web(shop: Shop) -> Path:
    """The folder of a second system, ``web``, a copy of the shop's, with a file of its own."""
    folder = shop.folder.parent / "web"
    folder.mkdir()
    for file in shop.folder.iterdir():
        text = file.read_text(encoding="utf-8").replace("shop", "web")
        (folder / file.name.replace("shop", "web")).write_text(text, encoding="utf-8")
    (Path(shop.settings.landing) / "web").mkdir(parents=True)
    landed = shop.land("sales_2017-01-02.csv", "w,1")
    landed.rename(Path(shop.settings.landing) / "web" / landed.name)
    shop.land("sales_2017-01-02.csv", "a,1", "b,1")
    return folder


MODEL = "stg_web__order_lines.sql"


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("order_lines.sql", "select 1", "order_lines.sql: its name must begin with stg_web__ (a m"),
        ("_notes.yml", "a: 1", "_notes.yml: its name must begin with stg_web__ (a model) or _web_"),
        ("_web__sources.yml", "a: 1", "_web__sources.yml: Dangol writes this file from the contr"),
        ("_web__lines.yml", "models:\n  - [", "_web__lines.yml:3: it is not YAML: "),
        ("_web__lines.yml", "- a", "_web__lines.yml:1: it must be a mapping, with models: and"),
        ("_web__lines.yml", "models: [5]", "_web__lines.yml: models must be a list, each with"),
        (MODEL, "select\n{{ _place", f"{MODEL}:2: unexpected end of template"),
        (MODEL, "select\n\n{% if %}", f"{MODEL}:3: Expected an expression"),
        (MODEL, "{{ source('web', 'sale') }}", f"{MODEL}:1: the contract has no stream sale; its"),
        (MODEL, "{{ source('shop', 'sales') }}", f"{MODEL}:1: a staging model reads only its own"),
        (MODEL, "\n{{ ref('nobody') }}", f"{MODEL}:2: there is no model nobody"),
        (MODEL, b"select '\xff'", f"{MODEL}:1: it is not UTF-8 text: save it as UTF-8"),
        (MODEL, None, f"its rows make up order_lines, but there is no {MODEL}"),
        ("contract.yml", None, "has no contract.yml or <stream>.contract.yml"),
    ],
)  # fmt: skip
def test_a_file_that_can_t_be_used_costs_its_system(
    shop: Shop, web: Path, file: str, text: str | bytes | None, told: str
) -> None:
    if text is None:
        (web / file).unlink()
    else:
        (web / file).write_bytes(text if isinstance(text, bytes) else text.encode())
    (problem,) = contract_problems(shop.settings).values()
    assert str(web) in problem
    assert told in problem
    assert list(load_contracts(shop.settings)) == ["shop"]


@pytest.mark.parametrize("name", ["Old", "_old", "옛것"])
def test_a_folder_with_another_name_costs_only_itself(shop: Shop, web: Path, name: str) -> None:
    web.rename(web.with_name(name))
    assert list(contract_problems(shop.settings)) == [name]
    assert list(load_contracts(shop.settings)) == ["shop"]


@pytest.mark.end_to_end
def test_the_others_go_on_and_its_files_wait_until_it_is_mended(shop: Shop, web: Path) -> None:
    stray = web / "old.sql"
    stray.write_text("select 1", encoding="utf-8")
    assert shop.night("2017-01-02") == {}
    rows = records.read(shop.settings, "gate_results", date(2017, 1, 2))
    assert {row["expectation"] for row in rows if row["status"] == "failed"} == {READABLE}
    assert [each.system for each in ledger.read_ledger(shop.settings)] == ["shop"]
    assert [order for order, *_ in shop.current()] == ["a", "b"]
    stray.unlink()
    assert shop.night("2017-01-02") == {}
    assert [order for order, *_ in shop.current()] == ["a", "b", "w"]

    stray.write_text("select 1", encoding="utf-8")
    failed = shop.night("2017-01-03")
    assert set(failed) == {KNOWN}
    assert f"problem={stray}: its name must begin with stg_web__" in failed[KNOWN]
    assert "file_count=1, row_count=1" in failed[KNOWN]


@pytest.mark.end_to_end
def test_what_only_dbt_finds_is_told_by_the_company_s_own_file(shop: Shop, web: Path) -> None:
    text = "models:\n  - {name: stg_web__order_lines, columns: 5}"
    (web / "_web__lines.yml").write_text(text, encoding="utf-8")
    with pytest.raises(LayerFailedError, match="dbt can't read the models: ") as caught:
        shop.night("2017-01-02")
    assert f"{web / '_web__lines.yml'}" in str(caught.value)
    assert "Readers keep the last publication" in str(caught.value)
    assert str(shop.settings.dbt) not in str(caught.value)


@pytest.mark.end_to_end
def test_a_retired_system_still_counts_and_nothing_of_it_is_due(shop: Shop) -> None:
    shop.promises = [{"property": "frequency", "value": 1, "unit": "d", "element": "sales"}]
    shop.contract()
    shop.land("sales_2017-01-02.csv", "a,1", "b,1")
    assert shop.night("2017-01-02") == {}
    contract = shop.folder / "contract.yml"
    contract.write_text(contract.read_text().replace("status: active", "status: retired"))
    assert shop.night("2017-01-20") == {}
    rows = records.read(shop.settings, "gate_results", date(2017, 1, 20))
    assert {row["expectation"] for row in rows if row["status"] == "failed"} == set()
    assert [order for order, *_ in shop.current()] == ["a", "b"]
