"""Spares each gate of each night what Great Expectations imports and no gate uses.

Importing Great Expectations 1.24 takes longer than judging a night. Half of that goes into modules
for other sources than ours, and into libraries for one expectation on distributions.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

LOADED_WHEN_USED = ("altair", "boto3", "scipy.stats")

_KINDS = (
    "datasource", "file_path_datasource", "filesystem_datasource", "dbfs_datasource",
    "s3_datasource", "google_cloud_storage_datasource", "azure_blob_storage_datasource",
)  # fmt: skip
LEFT_OUT = tuple(
    f"great_expectations.datasource.fluent.{engine}_{kind}"
    for engine in ("pandas", "spark")
    for kind in _KINDS
)
"""They define some hundred classes of pydantic, which are of no use to a table inside DuckDB."""


class _StandIn(ModuleType):
    """Takes the place of a module until one of its names is asked for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        sys.modules.pop(self.__name__, None)
        return getattr(importlib.import_module(self.__name__), name)


class _Blank(ModuleType):
    """Takes the place of a module: each of its names is an empty class."""

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


@contextmanager
def lean_import() -> Iterator[None]:
    """Import Great Expectations without what no gate uses.

    Yields
    ------
    None
        While the block runs, the modules of `LOADED_WHEN_USED` are empty shells that load
        themselves when used, and those of `LEFT_OUT` have no content. Afterwards an import anywhere
        else finds the real ones. A module that is already imported is left alone.
    """
    put: dict[str, ModuleType] = {name: _StandIn(name) for name in LOADED_WHEN_USED}
    put |= {name: _Blank(name) for name in LEFT_OUT}
    put = {name: module for name, module in put.items() if name not in sys.modules}
    sys.modules.update(put)
    try:
        yield
    finally:
        for name, module in put.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]
