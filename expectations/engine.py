"""The engine with which Great Expectations checks tables inside DuckDB.

Great Expectations 1.24 has no engine for DuckDB. With its generic one every expectation fails with
"list index out of range", because the cursor is read after its connection was closed, and a table's
columns can't be listed outside the default schema. `DuckDBExecutionEngine` keeps the one connection
that the warehouse opened and reads the columns from DuckDB's catalogue; `DuckDBDatasource` provides
it as ``context.data_sources.add_duckdb``. No table leaves the database.

Importing this module imports Great Expectations, which takes seconds, so import it inside a task.
Import Great Expectations' names from here only, so that the settings below are made first.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Literal

import duckdb

from expectations.lean_import import lean_import

# read when Great Expectations is imported; the context below sets it again
os.environ["GX_ANALYTICS_ENABLED"] = "False"
# its log lines quote values that violate an expectation; the gate logs its own, masked
logging.getLogger("great_expectations").propagate = False
logging.getLogger("great_expectations").addHandler(logging.NullHandler())

# E402 below: the settings above must be made before these imports
with lean_import():
    import great_expectations as gx
import great_expectations.expectations as gxe  # noqa: E402
import sqlalchemy  # noqa: E402
from duckdb_engine import ConnectionWrapper  # noqa: E402
from great_expectations.compatibility import pydantic  # noqa: E402
from great_expectations.core import (  # noqa: E402
    ExpectationSuite,
    ExpectationSuiteValidationResult,
    ExpectationValidationResult,
    RunIdentifier,
)
from great_expectations.data_context.types.base import (  # noqa: E402
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.data_context.types.resource_identifiers import (  # noqa: E402
    ExpectationSuiteIdentifier,
    ValidationResultIdentifier,
)
from great_expectations.datasource.fluent import SQLDatasource  # noqa: E402
from great_expectations.execution_engine import SqlAlchemyExecutionEngine  # noqa: E402

__all__ = [
    "DuckDBDatasource",
    "DuckDBExecutionEngine",
    "ExpectationSuite",
    "ExpectationSuiteIdentifier",
    "ExpectationSuiteValidationResult",
    "ExpectationValidationResult",
    "NoRowsExpected",
    "RunIdentifier",
    "ValidationResultIdentifier",
    "gxe",
    "open_context",
]

SITE = "nightly"
RESULTS_FOLDER = "results"


class _Catalogue:
    """The part of SQLAlchemy's inspector that Great Expectations uses, on DuckDB's catalogue."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, dialect: Any) -> None:
        self.dialect = dialect
        self._connection = connection

    def get_columns(self, table_name: str, schema: str | None = None) -> list[dict[str, Any]]:
        """Return a table's or view's columns, in their order."""
        rows = self._connection.execute(
            "select column_name, data_type, is_nullable from duckdb_columns()"
            " where table_name = ? and schema_name = coalesce(?, current_schema())"
            " order by column_index",
            [str(table_name), schema],
        ).fetchall()
        return [
            {"name": name, "type": kind, "nullable": nullable, "default": None}
            for name, kind, nullable in rows
        ]

    def get_pk_constraint(self, table_name: str, schema: str | None = None) -> dict[str, Any]:
        """Return no primary key: the build file declares none."""
        return {"constrained_columns": [], "name": None}


class DuckDBExecutionEngine(SqlAlchemyExecutionEngine):  # type: ignore[misc]  # GX is untyped here
    """Runs every metric on one given connection.

    Parameters
    ----------
    connection
        From `dangol.build.warehouse`; the engine never closes it.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._duckdb = connection
        self._open: sqlalchemy.Connection | None = None
        super().__init__(
            engine=sqlalchemy.create_engine(
                "duckdb://",
                creator=lambda: ConnectionWrapper(connection),
                poolclass=sqlalchemy.pool.StaticPool,
            ),
            create_temp_table=False,
        )

    @contextmanager
    def get_connection(self) -> Iterator[sqlalchemy.Connection]:
        """Yield the one connection, which stays open as long as the engine exists."""
        self._open = self._open or self.engine.connect()
        yield self._open

    def execute_query(self, query: Any) -> Any:
        """Run a query; end the transaction after an error, since DuckDB refuses further queries."""
        try:
            return super().execute_query(query)
        except Exception:
            self.release()
            raise

    def get_inspector(self) -> _Catalogue:
        """Return DuckDB's catalogue: SQLAlchemy's inspector queries PostgreSQL tables."""
        return _Catalogue(self._duckdb, self.engine.dialect)

    def release(self) -> None:
        """End the transaction that SQLAlchemy began; DuckDB's connection stays open."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def close(self) -> None:
        """Do nothing: the code that opened the connection closes it."""


_EngineClass = type[DuckDBExecutionEngine]


class DuckDBDatasource(SQLDatasource):  # type: ignore[misc]  # GX is untyped here
    """One schema of a DuckDB file as a Great Expectations datasource."""

    type: Literal["duckdb"] = "duckdb"
    connection_string: str = "duckdb://"
    table_schema: str
    _execution_engine: Any = pydantic.PrivateAttr(None)

    def lend(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Set the open connection that every query runs on."""
        self._execution_engine = DuckDBExecutionEngine(connection)

    @property
    def schema_(self) -> str:
        """The schema that the assets' tables are in."""
        return self.table_schema

    @property
    def execution_engine_type(self) -> _EngineClass:
        """The engine of this datasource."""
        return DuckDBExecutionEngine

    def get_execution_engine(self) -> DuckDBExecutionEngine:
        """Return the engine on the lent connection."""
        engine: DuckDBExecutionEngine = self._execution_engine
        return engine

    def get_engine(self) -> sqlalchemy.Engine:
        """Return SQLAlchemy's engine on the lent connection."""
        engine: sqlalchemy.Engine = self.get_execution_engine().engine
        return engine

    def test_connection(self, test_assets: bool = True) -> None:
        """Do nothing: the connection is open before the datasource exists."""


class NoRowsExpected(gxe.UnexpectedRowsExpectation):  # type: ignore[misc]  # GX is untyped here
    """Counts a query's rows in the database; there must be none.

    Great Expectations' own class runs the query twice, the second time to fetch rows. Here it runs
    once and no value leaves the database. The query names its tables itself, because
    reconciliations need several.
    """

    metric_dependencies: ClassVar[tuple[str, ...]] = ("unexpected_rows_query.row_count",)

    @pydantic.validator("unexpected_rows_query")  # type: ignore[untyped-decorator]  # as above
    def _validate_query(cls, query: str) -> str:
        return query

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: Any = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        count = metrics["unexpected_rows_query.row_count"]
        return {
            "success": count == 0,
            "result": {"observed_value": count, "unexpected_count": count},
        }


def open_context(folder: Path) -> Any:
    """Create the context for one run of a gate.

    Parameters
    ----------
    folder
        Of the Data Docs site; the results that it shows are kept in its ``results/``.

    Returns
    -------
    EphemeralDataContext
        Suites and datasources are in memory, and nothing is reported to anyone.
    """
    in_memory = InMemoryStoreBackendDefaults()
    stores = in_memory.stores
    stores[in_memory.validation_results_store_name] = {
        "class_name": "ValidationResultsStore",
        "store_backend": {
            "class_name": "TupleFilesystemStoreBackend",
            "base_directory": str(folder / RESULTS_FOLDER),
        },
    }
    site = {
        "class_name": "SiteBuilder",
        "site_name": "Dangol",
        "show_how_to_buttons": False,
        "store_backend": {
            "class_name": "TupleFilesystemStoreBackend",
            "base_directory": str(folder),
        },
        # a page of results says everything that a page of the suite would
        "site_section_builders": {"expectations": "None", "profiling": "None"},
    }
    context = gx.get_context(
        mode="ephemeral",
        project_config=DataContextConfig(
            store_backend_defaults=in_memory,
            data_docs_sites={SITE: site},
            analytics_enabled=False,
            progress_bars=ProgressBarsConfig(globally=False, metric_calculations=False),
        ),
    )
    # the context is in memory, but serialises itself to YAML whenever a datasource changes: a fifth
    # of a gate's time
    context.variables.save = lambda: None
    return context
