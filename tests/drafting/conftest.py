"""A company that is described, and drafts of it without the made-up test, which takes seconds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dangol.company import describe_company
from dangol.contracts.model import Contract
from dangol.contracts.reading import load_contract
from dangol.drafting import draft
from dangol.drafting.draft import Wish, drafted
from dangol.drafting.plan import Plan
from dangol.settings import Settings


class Draft:
    """What was written of one draft.

    Parameters
    ----------
    plan
        What was seen; its rows can't be asked any more.
    """

    def __init__(self, folder: Path, plan: Plan) -> None:
        self.folder = folder
        self.plan = plan

    @property
    def contract(self) -> Contract:
        return load_contract(self.folder)

    @property
    def texts(self) -> dict[str, str]:
        files = [each for each in self.folder.rglob("*") if each.is_file()]
        return {str(each.relative_to(self.folder)): each.read_text("utf-8") for each in files}

    @property
    def notes(self) -> str:
        return next(text for name, text in self.texts.items() if name.endswith(".notes.md"))

    def types(self) -> dict[str, str]:
        return {each.name: each.sql_type for each in self.contract.streams[0].columns}

    def classes(self) -> dict[str, str]:
        return {each.physical_name or each.name: each.classification
                for each in self.contract.streams[0].columns}  # fmt: skip

    def properties(self) -> dict[str, str]:
        """The stream's custom properties as they are written."""
        import yaml

        [file] = self.folder.glob("*contract.yml")
        [table] = yaml.safe_load(file.read_text("utf-8"))["schema"]
        return {each["property"]: each["value"] for each in table["customProperties"]}


@pytest.fixture
def company(tmp_path: Path) -> Settings:
    home = tmp_path / "home"
    settings = Settings.from_environment({"DANGOL_HOME": str(home), "DANGOL_THREADS": "1"})
    describe_company(settings, "Corner Shop", "Asia/Seoul", "KRW")
    return Settings.from_environment({"DANGOL_HOME": str(home), "DANGOL_THREADS": "1"})


@pytest.fixture
def draft_of(
    company: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Draft]:
    """Draft the system ``shop`` from contents by file name."""
    monkeypatch.setattr(draft, "_write_test", lambda *_: ([], []))

    def make(contents: dict[str, bytes | str], **wishes: Any) -> Draft:
        files = []
        for name, content in contents.items():
            file = tmp_path / name
            file.write_bytes(content.encode() if isinstance(content, str) else content)
            files.append(file)
        with drafted(company, Wish(wishes.pop("system", "shop"), files, **wishes)) as made:
            return Draft(made.folder, made.plan)

    return make
