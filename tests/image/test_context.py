"""The image can be built: known without an engine, from the files alone."""

import re
import subprocess

import pytest

from dangol.settings import PROJECT_ROOT
from tests.image.context import copied, is_in_context

DOCKERFILE = (PROJECT_ROOT / "Dockerfile").read_text(encoding="utf-8")
DOCKERIGNORE = (PROJECT_ROOT / ".dockerignore").read_text(encoding="utf-8")
BEFORE = "*\n!requirements.lock\n!dangol\n**/__pycache__\n"


def tracked(source):
    listed = subprocess.run(
        ["git", "ls-files", "--", source], cwd=PROJECT_ROOT, capture_output=True, text=True
    )
    return listed.stdout.splitlines()


@pytest.mark.parametrize("source", copied(DOCKERFILE))
def test_everything_that_the_image_copies_is_let_in(source):
    files = tracked(source)
    assert files, f"{source} is not in the repository"
    assert [file for file in files if not is_in_context(file, DOCKERIGNORE)] == []


def test_a_file_that_is_kept_out_is_seen():
    dockerfile = "COPY requirements.lock /tmp/locks/\nCOPY pyproject.toml \\\n    README.md /opt/\n"
    kept_out = [path for path in copied(dockerfile) if not is_in_context(path, BEFORE)]
    assert kept_out == ["pyproject.toml", "README.md"]


@pytest.mark.parametrize(
    ("path", "is_in"),
    [
        ("dangol/cli/__init__.py", True),
        ("dangol/cli/__pycache__/night.pyc", False),
        ("tests/image/test_context.py", False),
        ("requirements.lock.bak", False),
        ("sub/requirements.lock", False),
    ],
)
def test_the_last_pattern_that_fits_decides(path, is_in):
    assert is_in_context(path, BEFORE) is is_in


def test_nothing_of_a_checkout_s_own_gets_in():
    """Not a home with customers' data, a file with passwords, or an environment for tests."""
    own = ["var/grocer/run.json", ".env", ".git/config", ".venv/bin/python", "tests/conftest.py"]
    assert [path for path in own if is_in_context(path, DOCKERIGNORE)] == []


def test_what_the_code_reads_is_in_the_image():
    """Each folder that a module finds from the project's root."""
    sources = set(copied(DOCKERFILE))
    code = [file for each in sources for file in tracked(each) if file.endswith(".py")]
    named = {
        name
        for file in code
        for name in re.findall(
            r'PROJECT_ROOT / "([^"]+)"', (PROJECT_ROOT / file).read_text(encoding="utf-8")
        )
    }
    assert named >= {"dbt_project", "sources"}
    assert named - sources == {".git", "docs"}, "what only a checkout has: see the modules"
