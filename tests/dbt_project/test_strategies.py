"""Each incremental strategy replaces exactly the rows that it should."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import duckdb
import pytest

COLUMNS = '[{"name": "key"}, {"name": "value"}]'


def strategy(name: str) -> str:
    return (
        f"{{{{ get_incremental_{name}_sql({{'temp_relation': 'fresh', 'target_relation': 'held',"
        f" 'unique_key': 'key', 'dest_columns': {COLUMNS}}}) }}}}"
    )


@pytest.fixture(scope="module")
def compiled(compile_sql: Callable[[Sequence[str]], list[str]]) -> dict[str, str]:
    names = ["restated_days", "restated_identifiers", "restated_since"]
    texts = [*(strategy(name) for name in names), "{{ loads_withdrawn_tonight() }}"]
    return dict(zip([*names, "withdrawn"], compile_sql(texts), strict=True))


def replaced(statements: str, setup: str) -> list[tuple[object, ...]]:
    """Run a strategy's statements on `held` and `fresh`, and return the resulting rows."""
    with duckdb.connect() as connection:
        connection.execute(f"attach ':memory:' as build; use build; {setup}")
        connection.execute(statements.replace('"build"."cleaned"', "cleaned"))
        return connection.execute("select value, key from held order by all").fetchall()


DAYS = """
    create schema cleaned; create schema aggregated;
    create table held (value varchar, key date);
    insert into held values
        ('kept', '2017-01-01'), ('restated', '2017-01-02'), ('emptied', '2017-01-03'),
        ('later', '2017-01-04'), ('of no day', null);
    create table cleaned.int_days_restated (restated_date date);
"""


def test_restated_days_replaces_the_days_that_tonight_touches(compiled: dict[str, str]) -> None:
    """A day that lost all its rows is emptied; an untouched day stays."""
    found = replaced(
        compiled["restated_days"],
        f"""{DAYS}
        insert into cleaned.int_days_restated values ('2017-01-02'), ('2017-01-03');
        create table fresh as select '2017-01-02'::date as key, 'anew' as value;
        """,
    )
    assert [(value, str(key)) for value, key in found] == [
        ("anew", "2017-01-02"),
        ("kept", "2017-01-01"),
        ("later", "2017-01-04"),
        ("of no day", "None"),
    ]


@pytest.mark.parametrize(
    ("touched", "computed"),
    [
        ("('2017-01-03')", "'2017-01-02'"),  # the model begins earlier than the touched days
        ("('2017-01-02'), ('2017-01-03')", "'2017-01-03'"),  # the first touched day lost all rows
    ],
)
def test_restated_since_replaces_every_day_from_the_first_on(
    compiled: dict[str, str], touched: str, computed: str
) -> None:
    found = replaced(
        compiled["restated_since"],
        f"""{DAYS}
        insert into cleaned.int_days_restated values {touched};
        create table fresh as select {computed}::date as key, 'anew' as value;
        """,
    )
    assert [value for value, _ in found] == ["anew", "kept", "of no day"]


def test_restated_since_keeps_all_when_nothing_is_new(compiled: dict[str, str]) -> None:
    found = replaced(
        compiled["restated_since"],
        f"{DAYS} create table fresh (value varchar, key date);",
    )
    assert [value for value, _ in found] == ["emptied", "kept", "later", "of no day", "restated"]


def test_restated_identifiers_replaces_those_whose_past_changes(compiled: dict[str, str]) -> None:
    found = replaced(
        compiled["restated_identifiers"],
        """
        create schema aggregated;
        create table held (value varchar, key varchar);
        insert into held values ('kept', 'a'), ('restated', 'b'), ('gone', 'c');
        create table aggregated.int_identifiers_restated (identifier_id varchar);
        insert into aggregated.int_identifiers_restated values ('b'), ('c');
        create table fresh as select 'b' as key, 'anew' as value;
        """,
    )
    assert found == [("anew", "b"), ("kept", "a")]


def test_a_load_is_withdrawn_on_the_night_that_brings_its_successor(
    compiled: dict[str, str],
) -> None:
    with duckdb.connect() as connection:
        connection.execute(
            """
            attach ':memory:' as build; use build; create schema ops;
            create table ops.loads (load_id varchar, superseded_by varchar, is_new boolean);
            insert into ops.loads values
                ('withdrawn before', 'of last night', false), ('of last night', null, false),
                ('withdrawn tonight', 'of tonight', false), ('of tonight', null, true),
                ('came and went tonight', 'of tonight', true);
            """
        )
        found = connection.execute(f"{compiled['withdrawn']} order by 1").fetchall()
    assert found == [("came and went tonight",), ("withdrawn tonight",)]
