"""The rules of the dbt project, checked on the parsed project.

They are in `rules_of_tables.py` and `rules_of_lineage.py`. Each is a generator of violations, with
exceptions, each with a reason, and changes to the project that show that it can fail.
CONTRIBUTING.md says how to follow the rules, and DECISIONS.md which others were rejected. dbt
itself refuses a model that is described twice, and its warnings count as errors here.
"""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.dbt_project import rules_of_lineage, rules_of_tables  # noqa: F401 - they fill RULES
from tests.dbt_project.project import RULES, Change, Project

KINDS = ("nodes", "sources", "exposures", "unit_tests", "macros")


@pytest.fixture(scope="module")
def project(manifest: dict[str, Any]) -> Project:
    return Project(manifest)


@pytest.mark.parametrize("name", RULES)
def test_the_project_keeps_the_rule(project: Project, name: str) -> None:
    exceptions = RULES[name].exceptions
    found = [f"{who} {what}" for who, what in RULES[name].check(project) if who not in exceptions]
    assert not found, "\n".join([name.replace("_", " ") + ", but:", *found])


@pytest.mark.parametrize("name", [name for name, each in RULES.items() if each.exceptions])
def test_every_exception_is_still_needed(project: Project, name: str) -> None:
    found = {who for who, _ in RULES[name].check(project)}
    assert sorted(set(RULES[name].exceptions) - found) == []


@pytest.mark.parametrize(
    ("name", "change"),
    [(name, change) for name, each in RULES.items() for change in each.changes],
    ids=lambda given: given if isinstance(given, str) else f"{given.of}.{given.path}",
)
def test_a_rule_names_what_breaks_it(
    manifest: dict[str, Any], project: Project, name: str, change: Change
) -> None:
    before = set(RULES[name].check(project))
    found = set(RULES[name].check(Project(changed(manifest, change)))) - before
    assert (change.names or change.of) in {who for who, _ in found}


def changed(manifest: dict[str, Any], change: Change) -> dict[str, Any]:
    """Return the manifest with one value of one node changed."""
    copied = {kind: dict(manifest[kind]) for kind in KINDS}
    ((kind, key),) = [
        (kind, key)
        for kind in KINDS
        for key, node in manifest[kind].items()
        if change.of
        == (f"{node['source_name']}.{node['name']}" if kind == "sources" else node["name"])
    ]
    node = copied[kind][key] = copy.deepcopy(manifest[kind][key])
    *path, last = change.path.split(".")
    for step in path:
        node = node[step]
    node[last] = change.value
    return copied


def test_every_rule_can_fail() -> None:
    assert [name for name, each in RULES.items() if not each.changes] == []
