"""What every company runs and reads speaks of no single trade, such as the demo's grocer."""

from __future__ import annotations

import re

import pytest

from dangol.settings import PROJECT_ROOT

OF_A_GROCER = r"grocer(y|s|ies)?|supermarkets?|households?|loyalty|baskets?|tills?|upcs?"
OF_A_SHOP = r"shops?|members?"
SHARED = ("dangol", "dags", "expectations", "ml", "dbt_project/macros", "dbt_project/models")
READ_BY_ALL = ("expectations", "dbt_project/models", "dangol/publication")
KINDS = {".py", ".sql", ".yml", ".md", ".toml"}
OF_ONE_COMPANY = {
    "dbt_project/models/staging/": "Dangol's own systems are a grocer's",
    "dangol/example/": "an example of a system",
    "dangol/cli/demo.py": "the demo is a grocer's",
    "dangol/drafting/synonyms.yml": "words that columns of all trades are headed with",
    "_unit_tests.yml": "stories of made-up systems",
}
ALLOWED = {
    ("expectations/masking.py", "household"): "columns of persons have such names",
    ("expectations/masking.py", "member"): "columns of persons have such names",
    ("expectations/company.py", "shop"): "an example of what one company writes",
    ("expectations/company.py", "member"): "an example of what one company writes",
    ("dangol/drafting/columns.py", "upc"): "columns of numbers end so",
    ("dangol/cli/simulate.py", "till"): "the name of a statistical model: buy till you die",
    ("dbt_project/models/aggregated/commerce/_facts__models.yml", "member"): "one of several kinds",
}


def found(folders: tuple[str, ...], words: str) -> set[tuple[str, str]]:
    """Find words, also within names such as ``loyalty_member``: (file, word in the singular)."""
    pattern = re.compile(rf"(?<![a-z])({words})(?![a-z])", re.IGNORECASE)
    texts = {
        file.relative_to(PROJECT_ROOT).as_posix(): file.read_text(encoding="utf-8")
        for folder in folders
        for file in (PROJECT_ROOT / folder).rglob("*")
        if file.suffix in KINDS
    }
    return {
        (name, match[0].lower().removesuffix("s"))
        for name, text in texts.items()
        if not any(each in name for each in OF_ONE_COMPANY)
        for match in pattern.finditer(text)
    }


@pytest.mark.parametrize(
    ("folders", "words"),
    [(SHARED, OF_A_GROCER), (READ_BY_ALL, OF_A_SHOP)],
    ids=["code", "texts"],
)
def test_nothing_shared_speaks_of_one_trade(folders: tuple[str, ...], words: str) -> None:
    assert found(folders, words) - set(ALLOWED) == set()


def test_every_exception_is_still_needed() -> None:
    both = found(SHARED, OF_A_GROCER) | found(READ_BY_ALL, OF_A_SHOP)
    assert set(ALLOWED) - both == set()
