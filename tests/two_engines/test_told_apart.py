"""A model written for one engine is found, even if both engines can run it."""

from __future__ import annotations

import shutil
from typing import Any

import duckdb
import pytest

RECORDS = """
    from (values
        (cast(null as date), 'undated', 1), (cast('2017-01-02' as date), 'dated', 2),
        (cast('2017-01-01' as date), cast(null as string), 3)
    ) as records (day, name, number)
"""
WRITTEN_IN_ONE_WAY = {
    "a_rank_on_a_record_with_a_null": f"select max_by(name, (day, number)) as name {RECORDS}",
    "an_order_without_a_place_for_null": "select name, row_number() over (order by day) as n"
    f" {RECORDS}",
    "any_value_over_nulls": "select any_value(name) as name"
    " from (values (1, cast(null as string)), (1, 'b')) as records (number, name) group by number",
    "a_half_cast_to_a_whole_number": "select cast(cast(2.5 as decimal(9, 1)) as integer) as n",
    "decimals_divided": "select cast(cast(8.37 as decimal(18, 2)) / 2 as decimal(18, 2)) as n",
    "null_in_concat": "select concat('a', cast(null as string)) as words",
    "a_wide_space_trimmed": "select trim('\u3000a\u3000') as words",
    "a_dotted_i_in_lower_case": "select lower('İ') as words",
    "the_number_of_a_weekday": "select dayofweek(cast('2017-01-01' as date)) as n",
}
WRITTEN_FOR_BOTH = {
    "an_order_with_a_place_for_null": "select name, row_number() over (order by day nulls last)"
    f" as n {RECORDS}",
    "a_half_rounded": "select cast(round(cast(2.5 as decimal(9, 1))) as integer) as n",
}


@pytest.fixture(scope="module")
def different(build: Any, tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Build models of these names beside the project's, and return those that differ."""
    models = WRITTEN_IN_ONE_WAY | WRITTEN_FOR_BOTH
    project = tmp_path_factory.mktemp("project") / "dbt_project"
    shutil.copytree(build.project, project)
    (project / "models" / "aggregated" / "told_apart").mkdir()
    with duckdb.connect() as connection:
        connection.execute("create schema aggregated")
        for name, query in models.items():
            file = project / "models" / "aggregated" / "told_apart" / f"{name}.sql"
            file.write_text(query, encoding="utf-8")
            connection.execute(f"create table aggregated.{name} as {query}")
        from dangol.build.checksum import portable_checksums

        expected = portable_checksums(connection, ["aggregated"])
    assert set(expected) == {f"aggregated.{name}" for name in models}
    in_place = type(build)(build.spark, build.folder, project)
    in_place.dbt("run", "--select", "path:models/aggregated/told_apart")
    return {table.removeprefix("aggregated.") for table in in_place.differences(expected)}


@pytest.mark.parametrize("name", WRITTEN_IN_ONE_WAY)
def test_a_model_for_one_engine_differs(different: set[str], name: str) -> None:
    assert name in different


@pytest.mark.parametrize("name", WRITTEN_FOR_BOTH)
def test_a_model_for_both_engines_does_not_differ(different: set[str], name: str) -> None:
    assert name not in different
