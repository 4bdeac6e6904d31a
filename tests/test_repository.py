"""What GitHub and pre-commit read: it parses, and what it names exists."""

import argparse
import os
import re
import tomllib

import pytest
import yaml

from dangol.cli import make_parser
from dangol.settings import PROJECT_ROOT

GITHUB = PROJECT_ROOT / ".github"
FORMS = sorted((GITHUB / "ISSUE_TEMPLATE").glob("*.yml"))
WORDS = [
    *(GITHUB / "ISSUE_TEMPLATE").glob("*.yml"),
    GITHUB / "PULL_REQUEST_TEMPLATE.md",
    PROJECT_ROOT / "SECURITY.md",
    PROJECT_ROOT / ".pre-commit-config.yaml",
]


def parsed(path):
    return yaml.safe_load((PROJECT_ROOT / path).read_text(encoding="utf-8"))


def test_the_workflow_runs_what_everyone_runs():
    workflow = parsed(".github/workflows/ci.yml")
    [job] = workflow["jobs"].values()
    [command] = [step["run"] for step in job["steps"] if "run" in step]
    assert command == 'sudo --preserve-env env "PATH=$PATH" .ci/run', "as root, or tests skip"
    assert os.access(PROJECT_ROOT / ".ci" / "run", os.X_OK)
    # YAML 1.1 reads the key `on` as true
    assert workflow[True] == {"push": {"branches": ["main"]}, "pull_request": None}


def test_the_workflow_can_do_no_harm():
    workflow = parsed(".github/workflows/ci.yml")
    [job] = workflow["jobs"].values()
    assert workflow["permissions"] == {"contents": "read"}
    assert "permissions" not in job
    assert workflow["concurrency"]["cancel-in-progress"] is True
    used = [step["uses"] for step in job["steps"] if "uses" in step]
    assert [re.sub(r"@[0-9a-f]{40}$", "@pinned", action) for action in used] == [
        "actions/checkout@pinned",
        "actions/setup-python@pinned",
    ]
    assert job["steps"][0]["with"] == {"persist-credentials": False}
    assert "secrets" not in (GITHUB / "workflows" / "ci.yml").read_text(encoding="utf-8")


def test_the_workflow_has_the_pythons_that_are_supported():
    [job] = parsed(".github/workflows/ci.yml")["jobs"].values()
    assert job["strategy"]["matrix"] == {"python": ["3.11", "3.13"]}
    project = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["requires-python"] == ">=3.11"
    readme = (PROJECT_ROOT / "README.md").read_text(encoding="utf-8")
    assert "Python 3.11, 3.12 or 3.13" in readme
    makefile = (PROJECT_ROOT / "Makefile").read_text(encoding="utf-8")
    assert "PYTHONS := 3.11 3.12 3.13 3.14\n" in makefile


def test_the_image_is_built_and_used_in_ci():
    script = (PROJECT_ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "for stage in lint test test-spark image-check; do" in script
    assert {"buildah", "debootstrap"} <= set(re.findall(r"needed \$?(\w+)\"", script))


def hooks():
    return {
        hook["id"]: (repository, hook)
        for repository in parsed(".pre-commit-config.yaml")["repos"]
        for hook in repository["hooks"]
    }


def test_the_hooks():
    assert list(hooks()) == [
        "ruff-check",
        "ruff-format",
        "sqlfluff",
        "check-added-large-files",
        "check-merge-conflict",
    ]


@pytest.mark.parametrize("name", [name for name, (each, _) in hooks().items() if "rev" in each])
def test_a_hook_from_elsewhere_is_pinned(name):
    repository, _ = hooks()[name]
    assert repository["repo"] == "https://github.com/pre-commit/pre-commit-hooks"
    assert re.fullmatch(r"[0-9a-f]{40}", repository["rev"])


@pytest.mark.parametrize(
    ("name", "linted"),
    [
        ("ruff-check", "ruff check ."),
        ("ruff-format", "ruff format --check ."),
        ("sqlfluff", "sqlfluff lint dbt_project --processes 2"),
    ],
)
def test_a_local_hook_is_a_part_of_make_lint(name, linted):
    repository, hook = hooks()[name]
    assert (repository["repo"], hook["language"]) == ("local", "system")
    command = hook["entry"].removeprefix(".venv/bin/").removesuffix(" --force-exclude")
    assert linted.startswith(f"{command} ")
    tool = command.partition(" ")[0]
    makefile = (PROJECT_ROOT / "Makefile").read_text(encoding="utf-8")
    assert f"\t@{linted}\n" in makefile
    locked = (PROJECT_ROOT / "requirements-dev.lock").read_text(encoding="utf-8")
    assert re.search(rf"^{tool}==", locked, flags=re.MULTILINE)


def test_the_largest_file_passes_the_hook():
    _, hook = hooks()["check-added-large-files"]
    [limit] = [int(each.removeprefix("--maxkb=")) for each in hook["args"]]
    largest = max(
        (PROJECT_ROOT / "requirements-dev.lock", PROJECT_ROOT / "requirements.lock"),
        key=lambda file: file.stat().st_size,
    )
    assert limit / 2 < largest.stat().st_size / 1024 < limit


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.stem)
def test_github_accepts_every_form(form):
    content = parsed(form)
    if form.stem == "config":
        assert content == {"blank_issues_enabled": False}
        return
    assert set(content) == {"name", "description", "labels", "body"}
    kinds = {"markdown", "textarea", "input", "dropdown", "checkboxes"}
    assert {field["type"] for field in content["body"]} <= kinds
    asked = [field for field in content["body"] if field["type"] != "markdown"]
    ids = [field["id"] for field in asked]
    assert len(ids) == len(set(ids))
    assert [field["id"] for field in asked if not field["attributes"].get("label")] == []


@pytest.mark.parametrize("name", ["bug", "feature"])
def test_a_form_warns_of_personal_data_and_asks_for_the_version(name):
    body = parsed(f".github/ISSUE_TEMPLATE/{name}.yml")["body"]
    assert body[0]["type"] == "markdown"
    assert "**Don't paste personal data" in body[0]["attributes"]["value"]
    required = {field.get("id") for field in body if field.get("validations", {}).get("required")}
    assert required >= {"version"}


def test_a_bug_comes_with_its_log():
    body = parsed(".github/ISSUE_TEMPLATE/bug.yml")["body"]
    assert {field["id"] for field in body if field.get("validations", {}).get("required")} == {
        "what",
        "steps",
        "log",
        "version",
        "python",
        "where",
    }


@pytest.mark.parametrize("file", WORDS, ids=lambda file: file.name)
def test_what_is_named_exists(file):
    text = file.read_text(encoding="utf-8")
    makefile = (PROJECT_ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][a-z-]+):", makefile, flags=re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z][a-z-]+)", text)) <= targets
    [groups] = [a for a in make_parser()._actions if isinstance(a, argparse._SubParsersAction)]
    assert set(re.findall(r"\bdangol ([a-z]+)", text)) <= set(groups.choices)
    named = re.findall(r"\b[A-Z]+\.md\b", text)
    assert [name for name in named if not (PROJECT_ROOT / name).is_file()] == []


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_the_way_to_report_a_vulnerability_is_linked(page):
    assert "](SECURITY.md)" in (PROJECT_ROOT / page).read_text(encoding="utf-8")


def test_reports_do_not_go_to_a_mailbox():
    """A mailbox that does not exist would lose them."""
    text = (PROJECT_ROOT / "SECURITY.md").read_text(encoding="utf-8")
    assert "Report a vulnerability" in text
    assert not re.search(r"\S+@\S+", text)
