"""Says once, after the secret of ids was rotated, which old id is which new one.

It is ``ops.rotated_ids`` of the first night after the rotation, in which everything is rebuilt, so
all rows are at hand. A later night has an empty one.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from dangol.build.key_plugin import give_key
from dangol.id_keys import IdKey, former_key, keyed_sql, need_key
from dangol.night import Night
from dangol.settings import Settings


def write_rotated_ids(build: duckdb.DuckDBPyConnection, settings: Settings, night: Night) -> None:
    """Fill ``ops.rotated_ids`` in the build file."""
    former = former_key(settings)
    day = night.business_date.isoformat()
    is_due = former is not None and former.published_for in {"", day}
    if is_due and _has_been_written(build):
        return
    build.execute(
        "create or replace table ops.rotated_ids (kind varchar, old_id varchar, new_id varchar)"
    )
    if former is None or former.key is None or not is_due:
        return
    build.execute("begin")
    _write_people(build, former.key, need_key(settings))
    for model in _models_that_key(settings):
        _write_column_by_column(build, former.key, model)
    build.execute("commit")


def _has_been_written(build: duckdb.DuckDBPyConnection) -> bool:
    """Whether the same night wrote it before: then its rows are no longer all new."""
    ((count,),) = build.execute(
        "select count(*) from ops.loads where not is_new and status = 'loaded'"
    ).fetchall()
    return bool(count)


def _write_people(build: duckdb.DuckDBPyConnection, old: IdKey, new: IdKey) -> None:
    """Write the ids of identifiers, and of the customers that are named after them."""
    customer, identifier, former_customer = (
        keyed_sql(text)
        for text in (
            "'customer:' || identifier_id",
            "identifier_type || ':' || identifier_value",
            "'customer:' || former_id",
        )
    )
    give_key(build, new)
    build.execute(
        f"create or replace temp table people as select *, {customer} as customer_id"
        " from identity.identifiers"
    )
    give_key(build, old)
    build.execute(
        "create or replace temp table people as select identifier_id, customer_id,"
        f" {identifier} as former_id from people"
    )
    build.execute(
        "insert into ops.rotated_ids select 'identifier', former_id, identifier_id from people"
        f" union all select 'customer', {former_customer}, customer_id"
        " from people semi join identity.customers using (customer_id) order by all"
    )
    build.execute("drop table people")
    _forget_key(build, old)


def _forget_key(build: duckdb.DuckDBPyConnection, key: IdKey) -> None:
    for name in key.variables():
        build.execute(f"reset variable {name}")


def _models_that_key(settings: Settings) -> list[Path]:
    """Return the compiled SQL of the received models that key ids: the union of what arrived."""
    compiled = settings.dbt / "target" / "compiled" / "dangol" / "models" / "cleaned"
    files = [*compiled.rglob("int_*_received.sql")]
    return sorted(file for file in files if "id_key_outer" in file.read_text(encoding="utf-8"))


def _write_column_by_column(build: duckdb.DuckDBPyConnection, old: IdKey, compiled: Path) -> None:
    """Compare a received model's rows with what the old secret makes of the same rows."""
    model = f'cleaned."{compiled.stem}"'
    give_key(build, old)
    build.execute(
        f"create or replace temp table formerly as {compiled.read_text(encoding='utf-8')}"
    )
    _forget_key(build, old)
    columns = [row[0] for row in build.execute(f"describe {model}").fetchall()]
    for column in columns:
        if column.endswith("_id") and not column.startswith("_"):
            build.execute(
                "insert into ops.rotated_ids"
                f" (select ?, formerly.{column}, now.{column} from {model} as now"
                " inner join formerly using (_load_id, _row)"
                f" where formerly.{column} <> now.{column})"
                " except (from ops.rotated_ids) order by all",
                [column.removesuffix("_id")],
            )
    build.execute("drop table formerly")
