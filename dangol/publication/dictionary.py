"""What every published table and column means: the source of comments, docs and tests.

Models are described in the YAML beside them, the pipeline's own tables in ``ops_tables.yml``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from dangol import layers
from dangol.build.model_facts import read_models
from dangol.settings import PROJECT_ROOT

OPS_TABLES = Path(__file__).with_name("ops_tables.yml")


@dataclass(frozen=True)
class TableEntry:
    """The description of one table.

    Parameters
    ----------
    description
        Opens with the grain.
    columns
        From name to description, in order.
    types
        From name to DuckDB type, for the tables that the pipeline fills itself.
    is_kept_as_files
        Whether its rows are JSON lines under ``$DANGOL_HOME/ops``.
    """

    schema: str
    name: str
    description: str
    columns: dict[str, str]
    types: dict[str, str]
    is_kept_as_files: bool = False

    @property
    def full_name(self) -> str:
        """``<schema>.<name>``."""
        return f"{self.schema}.{self.name}"


@lru_cache(maxsize=1)
def published_tables() -> tuple[TableEntry, ...]:
    """Return every table that analysts get.

    Returns
    -------
    tuple of TableEntry
        By schema, in the order of `dangol.layers.PUBLISHED`, then the pipeline's own records.
    """
    models = [
        TableEntry(model.layer, model.table, model.description, model.columns, types={})
        for model in read_models()
        if model.layer in layers.PUBLISHED and not model.name.startswith("int_")
    ]
    schemas = (*layers.PUBLISHED, layers.OPS)
    return tuple(sorted((*models, *_read_own()), key=lambda table: schemas.index(table.schema)))


def _read_own() -> list[TableEntry]:
    document = yaml.safe_load(OPS_TABLES.read_text(encoding="utf-8"))
    return [
        TableEntry(
            schema=name.partition(".")[0],
            name=name.partition(".")[2],
            description=table["description"],
            columns={column: facts["description"] for column, facts in table["columns"].items()},
            types={column: facts["type"] for column, facts in table["columns"].items()},
            is_kept_as_files=table.get("file", False),
        )
        for name, table in document["tables"].items()
    ]


PAGE = PROJECT_ROOT / "docs" / "tables.md"


def write_page(page: Path = PAGE) -> Path:
    """Write the dictionary for readers of the published warehouse; return its path."""
    page.parent.mkdir(exist_ok=True)
    page.write_text(render_page(), encoding="utf-8")
    return page


def render_page() -> str:
    """Return the dictionary as Markdown: a section per schema, a table per table."""
    lines = [
        "# The published tables",
        "",
        "Made by `dangol dictionary` from the models' descriptions; the same words are comments in",
        "the published file, where any BI tool shows them. Amounts are decimals in the company's",
        "currency (`ops.current_run.currency`), times are UTC, days are business days.",
    ]
    for schema in dict.fromkeys(table.schema for table in published_tables()):
        lines += ["", f"## {schema}"]
        for table in published_tables():
            if table.schema == schema:
                lines += ["", f"### {table.full_name}", "", table.description, ""]
                lines += ["| column | meaning |", "|---|---|"]
                lines += [
                    f"| `{name}` | {text.replace('|', chr(92) + '|')} |"
                    for name, text in table.columns.items()
                ]
    return "\n".join(lines) + "\n"
