"""Tries a system's staging models on tables without rows, as dbt would run them.

dbt stops at the first model that doesn't fit, whoever's it is. What is found here costs only its
own system. The models and the query by which an entity takes their rows are rendered from the
project's own macros; what only dbt can render is left to dbt.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from dangol.contracts.model import Contract
from dangol.model_facts import MODELS, ModelFacts, read_models
from dangol.ops_columns import CURRENT_RUN, LOADS
from dangol.settings import PROJECT_ROOT
from dangol.sql_errors import ABOUT_SQL, quoted_line

if TYPE_CHECKING:
    import duckdb

_MACROS = PROJECT_ROOT / "dbt_project" / "macros"
_FOLDERS = ("expressions", "dialect", "strategies")
_MACRO = re.compile(r"\{%-?\s*macro\s+(\w+)\(.*?endmacro\s*-?%\}", re.DOTALL)
_DEFINED = re.compile(r"\{%-?\s*macro\s+(\w+)")
_CALLED = re.compile(r"'(\w+)' is undefined")
_OF_THE_NIGHT = ("extension", "Table with name", "Schema with name")
_PROJECT = "dangol"
_OF_DBT = frozenset(
    """
    adapter_macro api builtins caller column compiled_code context database dbt dbt_metadata_envs
    dbt_version defer_relation diff_of_two_dicts doc env env_var flags fromjson fromyaml function
    invocation_args_dict invocation_id load_agate_table load_result local_md5 log metric model
    modules post_hooks pre_hooks print render run_started_at schema selected_resources set
    set_strict source_node sql sql_now store_raw_result store_result submit_python_job this
    thread_id tojson toyaml try_or_compiler_error validation write zip zip_strict
    """.split()
)
"""What dbt gives to models besides macros, and this renderer does not."""


class _NotKnownHereError(Exception):
    """A model uses what only dbt knows."""


class _OfDbt:
    """Stands for what only dbt knows, so that no text is made of it, not even an empty one."""

    def __getattr__(self, name: str) -> Any:
        raise _NotKnownHereError

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise _NotKnownHereError

    def __str__(self) -> str:
        raise _NotKnownHereError


class _Target(_OfDbt):
    type = "duckdb"


class _WrongColumnsError(Exception):
    """A macro of the project refuses a model, with the message."""


class _Returned(Exception):
    """Carries the value of dbt's ``return`` out of a macro."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


def try_models(contract: Contract, files: Iterable[Path]) -> str:
    """Say which of a system's staging models can't be run, and where.

    Parameters
    ----------
    files
        Of the system's staging models; those that are no SQL are passed over.

    Returns
    -------
    str
        ``<file>:<line>: <error>``, or ``<file>: <error>``; empty if all can be run, or only dbt can
        tell.
    """
    from dangol.scratch import open_scratch  # which imports DuckDB

    models = {file.stem: file for file in files if file.suffix == ".sql"}
    entities = {
        f"stg_{contract.system}__{entity}": entity
        for stream in contract.streams
        for entity in (*stream.received_in, *stream.describes)
    }
    with open_scratch() as build:
        _create_tables(build, contract)
        renderer = _Renderer(build)
        while models:
            name = next((each for each in models if not _reads_any(models, each)), None)
            if name is None:
                return ""  # in a circle, which dbt explains
            file = models.pop(name)
            try:
                _try_model(build, renderer, file, entities.get(name))
            except _WrongColumnsError as error:
                return f"{file}: {error}"
            except Exception as error:
                return _told(file, str(error))
    return ""


def _told(file: Path, message: str) -> str:
    """Return what an error means for a model; empty if only dbt can tell."""
    if (called := _CALLED.fullmatch(message)) and called[1] not in _macros_of_dbt():
        lines = file.read_text(encoding="utf-8").splitlines()
        line = next((n for n, text in enumerate(lines, 1) if f"{called[1]}(" in text), None)
        return f"{file}{f':{line}' if line else ''}: there is no macro {called[1]}"
    found = ABOUT_SQL.search(message)
    if found is None or any(each in found[0] for each in _OF_THE_NIGHT):
        return ""
    line = quoted_line(file, message)
    return f"{file}{f':{line}' if line else ''}: {found[0]}"


@lru_cache(maxsize=1)
def _macros_of_dbt() -> frozenset[str]:
    """Find the names of dbt's own macros, without importing it."""
    found = find_spec("dbt")
    folders = found.submodule_search_locations if found else None
    files = [
        file for each in folders or () for file in Path(each).glob("include/*/macros/**/*.sql")
    ]
    texts = (file.read_text(encoding="utf-8") for file in files)
    return frozenset(name for text in texts for name in _DEFINED.findall(text))


def _reads_any(models: dict[str, Path], name: str) -> bool:
    """Return whether a model names another one that has not been tried."""
    text = models[name].read_text(encoding="utf-8")
    return any(re.search(rf"ref\(\s*['\"]{other}['\"]", text) for other in models if other != name)


def _create_tables(build: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    build.execute("create schema raw; create schema ops; create schema staging")
    build.execute(f"create table ops.current_run ({CURRENT_RUN})")
    build.execute(f"create table ops.loads ({LOADS})")
    for stream in contract.streams:
        columns = "".join(f'"{each.name}" {each.sql_type}, ' for each in stream.columns)
        build.execute(
            f"create table raw.{contract.system}__{stream.name} ({columns}_extra varchar,"
            " _load_id varchar, _file varchar, _row bigint, _place varchar)"
        )


def _try_model(
    build: duckdb.DuckDBPyConnection, renderer: _Renderer, file: Path, entity: str | None
) -> None:
    query = renderer.render(file.read_text(encoding="utf-8"))
    build.execute(f'create view staging."{file.stem}" as {query}')
    if entity is None:
        return
    renderer.staging = {entity: [file.stem]}
    strategy = "['is_active', 'inactive_since']"  # of `latest`, which adds them
    facts = renderer.facts[entity]
    without = strategy if "inactive_since" in facts.columns else "[]"
    taken = renderer.render(f"{{{{ union_of('{entity}', without={without}) }}}}")
    build.execute(f"create view staging.taken as {taken}")
    build.execute("drop view staging.taken")


@dataclass(frozen=True)
class _Relation:
    """What ``ref`` and ``source`` give."""

    schema: str
    identifier: str
    is_there: bool

    def __str__(self) -> str:
        if not self.is_there:
            raise _NotKnownHereError
        return f'"{self.schema}"."{self.identifier}"'


class _Renderer:
    """Renders Jinja as dbt does, with the project's macros on DuckDB."""

    def __init__(self, build: duckdb.DuckDBPyConnection) -> None:
        from jinja2 import Environment

        self.staging: dict[str, list[str]] = {}
        self.facts = {model.name: model for model in read_models(MODELS)}
        self._build = build
        self._environment = Environment(extensions=["jinja2.ext.do"])  # noqa: S701 - no HTML
        self._globals = self._environment.globals
        self._globals |= dict.fromkeys(_OF_DBT, _OfDbt())
        self._globals |= {
            "adapter": SimpleNamespace(
                dispatch=self._dispatched, get_columns_in_relation=self._columns_in
            ),
            "config": lambda **_: "",
            "exceptions": SimpleNamespace(raise_compiler_error=_refuse),
            "execute": True,
            "graph": SimpleNamespace(nodes=self._nodes()),
            "project_name": _PROJECT,
            "ref": lambda *names: self._relation("staging", names[-1]),
            "return": _return,
            "source": self._source,
            "target": _Target(),
            "var": lambda name, default=None: {"staging_of": self.staging}.get(name, default),
        }
        for folder in _FOLDERS:
            for file in sorted((_MACROS / folder).glob("*.sql")):
                for found in _MACRO.finditer(file.read_text(encoding="utf-8")):
                    self._globals[found[1]] = self._macro(found[1], found[0])

    def render(self, text: str) -> str:
        """Return the SQL of a model."""
        return self._environment.from_string(text).render()

    def _macro(self, name: str, text: str) -> Callable[..., Any]:
        compiled: list[Any] = []

        def call(*args: Any, **kwargs: Any) -> Any:
            if not compiled:
                compiled.append(getattr(self._environment.from_string(text).module, name))
            try:
                return compiled[0](*args, **kwargs)
            except _Returned as returned:
                return returned.value

        return call

    def _dispatched(self, name: str) -> Any:
        for prefix in ("duckdb", "default"):
            if macro := self._globals.get(f"{prefix}__{name}"):
                return macro
        raise _NotKnownHereError

    def _source(self, system: str, table: str) -> _Relation:
        if system == "ops":
            return self._relation("ops", table)
        return self._relation("raw", f"{system}__{table}")

    def _relation(self, schema: str, name: str) -> _Relation:
        ((is_there,),) = self._build.execute(
            "select count(*) > 0 from information_schema.tables"
            " where table_schema = ? and table_name = ?",
            [schema, name],
        ).fetchall()
        return _Relation(schema, name, is_there)

    def _columns_in(self, relation: _Relation) -> list[dict[str, str]]:
        rows = self._build.execute(f"describe {relation}").fetchall()
        return [{"name": name} for name, *_ in rows]

    def _nodes(self) -> dict[str, Any]:
        return {f"model.{_PROJECT}.{name}": _node(facts) for name, facts in self.facts.items()}


def _node(facts: ModelFacts) -> dict[str, Any]:
    """Return what dbt's graph says about a model, as far as the macros read it."""
    columns = {
        name: {
            "name": name,
            "data_type": facts.types.get(name, "string"),
            "meta": {"business_day_of": facts.day_of[name]} if name in facts.day_of else {},
        }
        for name in facts.columns
    }
    meta = {"grain": list(facts.grain), "extensible": facts.extensible}
    return {"columns": columns, "config": {"meta": meta}}


def _refuse(message: str) -> None:
    raise _WrongColumnsError(message)


def _return(value: Any = None) -> None:
    raise _Returned(value)
