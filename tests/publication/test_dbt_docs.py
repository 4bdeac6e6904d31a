"""dbt's documentation is made when models or contracts have changed, and only then."""

from __future__ import annotations

import os
import re
import shutil
import threading
from typing import Any

import pytest

from dangol.build import transform
from dangol.build.transform import LayerFailedError, generate_docs
from dangol.build.warehouse import open_build
from dangol.publication import dbt_docs
from dangol.publication.dbt_docs import bring_up_to_date, latest
from dangol.settings import PROJECT_ROOT, Settings

COMPANY = PROJECT_ROOT / "tests" / "end_to_end" / "second_company" / "company"


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """Count how often it is made."""
    calls: list[Settings] = []

    def generate(settings: Settings) -> bytes:
        calls.append(settings)
        return f"<html>{len(calls)}".encode()

    monkeypatch.setattr(dbt_docs, "generate_docs", generate)
    return calls


def test_it_is_made_once_and_again_when_something_changed(
    small_home: Settings, made: list[Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = bring_up_to_date(small_home)
    assert bring_up_to_date(small_home) == first
    assert len(made) == 1
    monkeypatch.setattr(dbt_docs, "project_digest", lambda _: "other models")
    second = bring_up_to_date(small_home)
    assert second != first
    assert len(made) == 2
    monkeypatch.setattr(dbt_docs, "version", lambda _: "1.99")
    assert bring_up_to_date(small_home) not in {first, second}
    assert re.fullmatch(r"models-[0-9a-f]{12}\.html", first.name)


def test_a_change_of_a_contract_is_one(small_home: Settings, made: list[Settings]) -> None:
    systems = small_home.company_folder / "systems"
    shutil.copytree(COMPANY / "systems", systems)
    bring_up_to_date(small_home)
    contract = systems / "accounts" / "accounts.contract.yml"
    contract.write_text(contract.read_text() + "# another owner\n")
    bring_up_to_date(small_home)
    assert len(made) == 2


def test_models_that_are_changed_back_are_the_latest_again(
    small_home: Settings, made: list[Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = bring_up_to_date(small_home)
    os.utime(first, (1, 1))
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(dbt_docs, "version", lambda _: "1.99")
        os.utime(bring_up_to_date(small_home), (2, 2))
    assert latest(small_home) != first.name
    assert bring_up_to_date(small_home) == first
    assert latest(small_home) == first.name
    assert len(made) == 2


def test_the_last_one_is_known_and_none_is_too(small_home: Settings, made: list[Settings]) -> None:
    assert latest(small_home) == ""
    made_last = bring_up_to_date(small_home)
    assert latest(small_home) == made_last.name


def test_no_description_can_end_the_script_that_it_is_in(
    small_home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dbt(*_: Any, target: str) -> None:
        folder = small_home.dbt / target
        folder.mkdir(parents=True)
        page = '<script>m = "MANIFEST.JSON INLINE DATA"; c = "CATALOG.JSON INLINE DATA"</script>'
        (folder / "index.html").write_text(page)
        (folder / "manifest.json").write_text('{"description": "</script><script>alert(1)"}')
        (folder / "catalog.json").write_text('{"nodes": "<!--"}')

    monkeypatch.setattr(transform, "parse_project", lambda _: (None, None))
    monkeypatch.setattr(transform, "_invoke_dbt", dbt)
    assert generate_docs(small_home).decode() == (
        '<script>m = {"description": "\\u003c/script>\\u003cscript>alert(1)"};'
        ' c = {"nodes": "\\u003c!--"}</script>'
    )
    assert not (small_home.dbt / "docs").exists()


def test_documentation_that_dbt_did_not_write_is_said_where_to_look(
    small_home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transform, "parse_project", lambda _: (None, None))
    monkeypatch.setattr(transform, "_invoke_dbt", lambda *_, **__: None)
    with pytest.raises(LayerFailedError, match=r"was not made: .*dbt\.log says why"):
        generate_docs(small_home)


@pytest.mark.end_to_end
def test_a_model_that_can_not_be_compiled_is_said_and_leaves_no_thread(
    small_home: Settings,
) -> None:
    """With one left, the process would be aborted at its end."""
    with open_build(small_home) as build:
        build.execute("create view staging.stg_grocer_till__order_lines as select 1 as surprise")
    before = threading.enumerate()
    with pytest.raises(LayerFailedError, match="order_lines has no column source_system"):
        generate_docs(small_home)
    assert set(threading.enumerate()) <= set(before)


@pytest.mark.end_to_end
def test_dbt_documents_every_model_and_column(small_home: Settings) -> None:
    """Of an empty build file: columns are described, their types unknown."""
    with open_build(small_home):
        pass
    page = generate_docs(small_home).decode()
    assert "INLINE DATA" not in page
    for name in ("model.dangol.customers", "model.dangol.stg_grocer_till__order_lines"):
        assert f'"{name}"' in page
    assert '"send_anonymous_usage_stats": false' in page
    shutil.rmtree(small_home.dbt)
