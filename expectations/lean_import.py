"""Skips what Great Expectations imports but no gate uses.

Importing Great Expectations 1.24 takes longer than checking a night. Half of that time goes into
modules for other data sources, and into libraries for a single expectation on distributions.
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
"""They define about a hundred pydantic classes, none of which a table in DuckDB needs."""


class _StandIn(ModuleType):
    """Replaces a module until one of its names is used."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


class _Blank(ModuleType):
    """Replaces a module: each of its names is an empty class."""

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
        Inside the block, the modules in `LOADED_WHEN_USED` are placeholders that load themselves
        when used, and those in `LEFT_OUT` are empty. Afterwards, an import of these modules gets
        the real ones; what Great Expectations' packages took from `LEFT_OUT` stays empty. Modules
        that are already imported are left alone.
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
