"""The documentation names what the code has, and the generated pages are up to date."""

import argparse
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from dangol import layers
from dangol.cli import make_parser
from dangol.nightly.steps import STEPS
from dangol.publication import dictionary
from dangol.settings import PROJECT_ROOT

README = (PROJECT_ROOT / "README.md").read_text(encoding="utf-8")
ON_CALL = (PROJECT_ROOT / "docs" / "on-call.md").read_text(encoding="utf-8")
PAGES = sorted([*PROJECT_ROOT.glob("*.md"), *(PROJECT_ROOT / "docs").glob("*.md")])
TRACKED = subprocess.run(
    ["git", "ls-files", "-z"], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True
).stdout.split("\0")[:-1]


def make_targets() -> list[str]:
    text = (PROJECT_ROOT / "Makefile").read_text(encoding="utf-8")
    found = re.findall(r"^([a-z][a-z-]+):.*## ", text, flags=re.MULTILINE)
    return [target for target in found if target != "help"]


def commands() -> list[str]:
    groups = [a for a in make_parser()._actions if isinstance(a, argparse._SubParsersAction)]
    return sorted(groups[0].choices)


@pytest.mark.parametrize("target", make_targets())
def test_every_make_target_is_in_the_readme(target):
    assert f"`make {target}`" in README or f"make {target} " in README


@pytest.mark.parametrize("command", commands())
def test_every_command_is_in_the_readme(command):
    assert f"`dangol {command}" in README


@pytest.mark.parametrize("step", [step.name for step in STEPS])
def test_every_step_of_the_night_is_explained_to_the_person_on_call(step):
    assert re.search(rf"^\| .*`([a-z_]+\.)?{step}`", ON_CALL, flags=re.MULTILINE)


@pytest.mark.parametrize("name", layers.NAMES)
def test_every_layer_is_in_the_readme(name):
    assert name in README


def test_every_dag_is_in_the_documents():
    dags = {file.stem for file in (PROJECT_ROOT / "dags").glob("*.py")}
    assert dags == {"nightly", "backfill"}
    assert all(f"`{dag}`" in README for dag in dags)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_has_a_target(page):
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (page.parent / link).exists()] == []


NAMED_TEST = re.compile(r"`((?:\w+/)*test_\w+)`((?:(?:,| and)? \*\w+\*)*)")
"""A file below tests/, and parts of its tests' names: `build/test_stage` *one_part*, *another*."""


def named_tests(page):
    """Yield each file that a page names, and the parts of names that follow it."""
    for file, parts in NAMED_TEST.findall(page.read_text(encoding="utf-8")):
        yield PROJECT_ROOT / "tests" / f"{file}.py", re.findall(r"\*(\w+)\*", parts)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_test_that_is_named_exists(page):
    missing = [
        f"{file.stem} {part}".rstrip()
        for file, parts in named_tests(page)
        for part in ["", *parts]
        if not file.is_file()
        or not re.search(rf"def test_\w*{part}", file.read_text(encoding="utf-8"))
    ]
    whole = re.findall(r"\btests/[\w/]+\.py\b", page.read_text(encoding="utf-8"))
    missing += [name for name in whole if not (PROJECT_ROOT / name).is_file()]
    assert missing == []


def test_every_part_of_a_name_in_the_faults_follows_a_file():
    page = PROJECT_ROOT / "docs" / "faults.md"
    text = page.read_text(encoding="utf-8")
    parts = [part for _, parts in named_tests(page) for part in parts]
    assert sorted(parts) == sorted(re.findall(r"(?<!\*)\*(\w+)\*(?!\*)", text))
    assert len(parts) > 100


def test_every_gate_is_in_the_table_of_gates():
    text = (PROJECT_ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \|.*`expectations/(test_\w+)` \|$", text, re.MULTILINE)
    assert rows == [(gate, f"test_{gate}") for gate in layers.GATES]


def test_the_tables_page_is_up_to_date():
    assert dictionary.PAGE.read_text(encoding="utf-8") == dictionary.render_page()


def test_every_dbt_model_is_described():
    models = {file.stem for file in (PROJECT_ROOT / "dbt_project" / "models").rglob("*.sql")}
    described = {
        model["name"]
        for file in (PROJECT_ROOT / "dbt_project" / "models").rglob("_*__models.yml")
        for model in yaml.safe_load(file.read_text(encoding="utf-8"))["models"]
        if model["description"].strip()
    }
    assert described == models


def test_no_file_names_a_registry_or_a_machine_path():
    # split so that this file does not name them itself
    hosts = ["py@pi.org", "python@hosted.org", "registry.np@mjs"]
    places = ["/wo@rk/", "/ro@ot/"]
    forbidden = re.compile("|".join(re.escape(each.replace("@", "")) for each in hosts + places))
    texts = [file for file in TRACKED if Path(file).suffix not in {".png", ".duckdb", ".parquet"}]
    found = [
        file
        for file in texts
        if (PROJECT_ROOT / file).is_file()
        and forbidden.search((PROJECT_ROOT / file).read_text(encoding="utf-8", errors="replace"))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("pattern", "most"),
    [
        ("dags/*.py", 100),
        ("dangol/**/*.py", 300),
        ("ml/**/*.py", 300),
        ("expectations/**/*.py", 300),
        ("pages/**/*.py", 300),
        ("demo/**/*.py", 300),
        ("simulator/**/*.py", 300),
        ("dbt_project/models/**/*.sql", 80),
        ("dbt_project/models/**/_*.yml", 200),
        ("dbt_project/macros/dialect/*.sql", 25),
        ("dbt_project/macros/expressions/*.sql", 25),
    ],
)
def test_files_stay_short_enough_to_be_read(pattern, most):
    allowed = {
        # the days' figures, their customers and the incremental branch, told in one piece
        "dbt_project/models/aggregated/commerce/kpi_days.sql": 115,
        "dbt_project/models/cleaned/commerce/int_days_restated.sql": 90,
        # numbers instead of three texts to group by, and the incremental branch
        "dbt_project/models/aggregated/commerce/identifier_tastes.sql": 110,
        "dbt_project/models/customer_view/customers.sql": 85,
    }
    long = {
        str(file.relative_to(PROJECT_ROOT)): count
        for file in PROJECT_ROOT.glob(pattern)
        if (count := len(file.read_text(encoding="utf-8").splitlines()))
        > allowed.get(str(file.relative_to(PROJECT_ROOT)), most)
    }
    assert long == {}
