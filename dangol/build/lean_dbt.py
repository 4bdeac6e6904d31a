"""Imports dbt and reads a project with it, without what it does twice, for nobody or too openly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from dangol.sql_errors import without_values


def import_dbt() -> Any:
    """Import dbt, which takes a second or two, and return its connection manager."""
    from mashumaro.config import BaseConfig

    # dbt's five hundred dataclasses get their serializers when used, not when imported
    BaseConfig.lazy_compilation = True
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli import main  # noqa: F401  # imported now for later use

    return DuckDBConnectionManager


@contextmanager
def lean_reading() -> Iterator[None]:
    """Spare dbt what it does twice or for nothing while it reads a project.

    It parses each macro to find it, and again to see what it calls. And it compiles a class for
    each default of its schemas, against which the YAML is checked: a default checks nothing. What
    it finds is the same (tests/build/test_lean_dbt.py, which also fails if dbt renames the two).
    """
    from dbt_common.clients.jinja import MacroFuzzEnvironment
    from mashumaro.jsonschema import schema

    parse: Any = MacroFuzzEnvironment.parse
    trees: dict[str, Any] = {}

    def parse_once(environment: Any, source: str, *names: str | None) -> Any:
        if source not in trees:
            trees[source] = parse(environment, source, *names)
        return trees[source]

    with (
        _replaced(MacroFuzzEnvironment, "parse", parse_once),
        _replaced(schema, "_default", lambda *_: None),
    ):
        yield


@contextmanager
def discreet_log() -> Iterator[None]:
    """Keep values of rows out of dbt's log, which quotes DuckDB's errors in full.

    dbt hands each line to a function that removes secrets; here it removes values too.
    """
    from dbt.events import logging

    scrub: Callable[[str], str] = logging.env_scrubber
    with _replaced(logging, "env_scrubber", lambda line: without_values(scrub(line))):
        yield


@contextmanager
def _replaced(owner: object, name: str, value: Any) -> Iterator[None]:
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)
