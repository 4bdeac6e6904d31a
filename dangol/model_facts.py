"""What the YAML beside the dbt models says about them: description, columns, grain.

The grain is in a model's ``meta``:

* ``grain``: the columns that identify a row.
* ``nullable``: those of them that may be null; by default none.
* ``arrives_by: load`` or ``restated_by: <day column>``: which rows a night changes, where a table
  keeps all of history. Without it the whole table is checked.
* ``extensible``: whether staging models may add columns of a company's own, ``own_<name>``.
* ``day``: for received rows, the column with the business day on which a row counts.
* ``amount``: for received rows with amounts, the SQL of what one adds to its file's control total.

A column's ``meta`` says that it is personal (``class: personal`` or ``sensitive``) and, if readers
may have it, ``publish: true`` with a ``reason``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from dangol.errors import DangolError
from dangol.settings import PROJECT_ROOT

MODELS = PROJECT_ROOT / "dbt_project" / "models"
YAML_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # in C, where available

_TONIGHT = {
    "load": "_load_id in (select load_id from ops.loads where is_new)",
    "day": "{column} in (select restated_date from cleaned.int_days_restated)",
}

_META = {"grain", "nullable", "arrives_by", "restated_by", "day", "amount", "extensible"}


class ModelFactsError(DangolError):
    """The YAML of a model is invalid; the message names it and says what is accepted."""


@dataclass(frozen=True)
class ModelFacts:
    """The documentation of one model.

    Parameters
    ----------
    layer
        The folder of its layer, which is its schema.
    name
        Of the model.
    table
        Its name in the warehouse: the model's, unless the YAML sets an alias.
    description
        Opens with the grain.
    columns
        From name to description, in order.
    grain
        The columns that identify a row.
    nullable
        Those of them that may be null.
    tonight
        An SQL condition on the rows that a night changes; empty if it may change any.
    day
        For received rows, the column with the business day on which a row counts; may be empty.
    amount
        For received rows, the SQL of a row's amount; empty without amounts.
    types
        From name to type, for the columns that have one.
    extensible
        Whether staging models may add columns of a company's own.
    day_of
        From a business day to the moment that it follows from, where a staging model lacks it.
    classes
        From name to ``personal`` or ``sensitive``, for the columns that are.
    permits
        From name to the reason why readers may have the column.
    """

    layer: str
    name: str
    table: str
    description: str
    columns: dict[str, str]
    grain: tuple[str, ...]
    nullable: tuple[str, ...]
    tonight: str
    day: str = ""
    amount: str = ""
    types: dict[str, str] = field(default_factory=dict)
    extensible: bool = False
    day_of: dict[str, str] = field(default_factory=dict)
    classes: dict[str, str] = field(default_factory=dict)
    permits: dict[str, str] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        """``<schema>.<table>``."""
        return f"{self.layer}.{self.table}"


def strategies(folder: Path = MODELS) -> dict[str, str]:
    """Return the strategy of every entity, which is the folder that its received model is in.

    Returns
    -------
    dict of str to str
        From entity to ``versions`` or ``latest``, by name.
    """
    received = folder.glob("cleaned/*/*/int_*_received.sql")
    return dict(
        sorted(
            (f.stem.removeprefix("int_").removesuffix("_received"), f.parent.name) for f in received
        )
    )


@lru_cache(maxsize=1)
def read_models(folder: Path = MODELS) -> tuple[ModelFacts, ...]:
    """Read the facts of every model, by file and in the order in which they are written."""
    return tuple(
        _facts(file.relative_to(folder).parts[0], model)
        for file in sorted(folder.rglob("_*__models.yml"))
        for model in yaml.load(file.read_bytes(), YAML_LOADER)["models"]  # noqa: S506 - a safe one
    )


def received_models(strategy: str) -> list[tuple[ModelFacts, ModelFacts]]:
    """Return the entities with a strategy, each with its received model, by name."""
    models = {model.name: model for model in read_models()}
    return [
        (models[entity], models[f"int_{entity}_received"])
        for entity, its in strategies().items()
        if its == strategy
    ]


def _facts(layer: str, model: dict[str, Any]) -> ModelFacts:
    config = model.get("config", {})
    meta = config.get("meta", {})
    wrong = sorted(set(meta) - _META)
    if meta.get("arrives_by", "load") != "load":
        wrong.append(f"arrives_by: {meta['arrives_by']}")
    if wrong:
        raise ModelFactsError(
            f"dbt_project/models/{layer}: the meta of {model['name']} has {', '.join(wrong)},"
            f" which is not supported; use {', '.join(sorted(_META))}; arrives_by must be load"
        )
    return ModelFacts(
        layer=layer,
        name=model["name"],
        table=config.get("alias", model["name"]),
        description=" ".join(model["description"].split()),
        columns={
            column["name"]: " ".join(column["description"].split())
            for column in model.get("columns", ())
        },
        grain=tuple(meta.get("grain", ())),
        nullable=tuple(meta.get("nullable", ())),
        tonight=_tonight(meta),
        day=meta.get("day", ""),
        amount=meta.get("amount", ""),
        types={
            column["name"]: column["data_type"]
            for column in model.get("columns", ())
            if "data_type" in column
        },
        extensible=meta.get("extensible", False),
        day_of={
            column["name"]: moment
            for column in model.get("columns", ())
            if (moment := _meta_of(column).get("business_day_of"))
        },
        classes={
            column["name"]: _meta_of(column)["class"]
            for column in model.get("columns", ())
            if "class" in _meta_of(column)
        },
        permits=permits_of(model),
    )


def permits_of(model: Mapping[str, Any]) -> dict[str, str]:
    """Return the columns that a model's YAML lets readers have, each with the reason."""
    return {
        column["name"]: " ".join(str(_meta_of(column)["reason"]).split())
        for column in _columns_of(model)
        if _meta_of(column).get("publish") is True and _meta_of(column).get("reason")
    }


def _columns_of(model: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the columns of a model's YAML that have a name."""
    columns = model.get("columns")
    found = columns if isinstance(columns, list) else []
    return [column for column in found if isinstance(_mapping(column).get("name"), str)]


def _meta_of(column: Mapping[str, Any]) -> dict[str, Any]:
    return _mapping(_mapping(column.get("config")).get("meta"))


def _mapping(value: Any) -> dict[str, Any]:
    """Return a value of the YAML, if it is a mapping: dbt says what is wrong with another."""
    return value if isinstance(value, dict) else {}


def _tonight(meta: dict[str, Any]) -> str:
    if column := meta.get("restated_by"):
        return _TONIGHT["day"].format(column=column)
    return _TONIGHT[meta["arrives_by"]] if "arrives_by" in meta else ""
