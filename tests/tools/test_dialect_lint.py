"""The linter of the shared dialect: one bad line for each rule, and no finding in any model."""

import subprocess
import sys

import pytest

from dangol.settings import PROJECT_ROOT

TOOLS = PROJECT_ROOT / "tools"


@pytest.fixture(scope="module")
def linter():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(TOOLS))
        import dialect_lint

        yield dialect_lint


BAD = {
    # 1: columns are listed
    "select * exclude (standing) from ranked": "* exclude",
    "select * except (standing) from ranked": "* except",
    "select * replace (1 as n) from ranked": "* replace",
    "select columns('.*_id') from ranked": "columns()",
    "select a from b union all by name select a from c": "by name",
    # 2: what differs has a macro
    "select sha256(order_id) from orders": "sha256()",
    "select timezone('Asia/Seoul', ordered_at) from orders": "timezone()",
    "select ordered_at at time zone 'UTC' from orders": "at time zone",
    "select epoch_us(ordered_at) from orders": "epoch_us()",
    "select dayname(order_date) from orders": "dayname()",
    "select isodow(order_date) from orders": "isodow()",
    "select date_diff('day', a, b) from orders": "date_diff()",
    "select arg_max(name, (is_dated, day)) from records": "arg_max()",
    "select max_by(name, day) from records": "max_by()",
    "select list(name) from records": "list()",
    "select choices[1] from favourites": "[…]",
    "select row(a, b) from orders": "row()",
    "select cast(a as varchar) from orders": "varchar",
    "select cast(a as varchar(10)) from orders": "varchar",
    "with a as not materialized (select 1 as n) select n from a": "materialized",
    "select regexp_replace(name, 'a', 'b') from records": "regexp_replace()",
    "select quantile_disc(gap, 0.5) from gaps": "quantile_disc()",
    # 3: orders are total, with explicit null order
    "select row_number() over (partition by a order by day desc) from orders": "order by day desc",
    "select a from orders order by a nulls last, coalesce(b, 0) limit 1": "order by coalesce(b, 0)",
    # 4: decimals are divided in macros
    "select revenue / orders from days": "/",
    # 5: no engine-specific date functions
    "select months_between(a, b) from orders": "months_between()",
    "select date_trunc('month', order_date) from orders": "date_trunc()",
    "select dayofweek(order_date) from orders": "dayofweek()",
    "select date_add(order_date, 1) from orders": "date_add()",
    # 6: no aggregate that may pick a null
    "select any_value(name) from records": "any_value()",
    "select any_value(name) filter (where day = '2017-01-01') from records": "any_value()",
    # 7: text
    "select concat(a, b) from orders": "concat()",
    "select trim(name) from records": "trim()",
    "select lower(name) from records": "lower()",
    # 8: syntax that one engine lacks
    "select a from orders qualify row_number() over (order by a nulls last) = 1": "qualify",
    "select '1'::integer": "::",
    "select a // 7 from orders": "//",
    "select a ** 2 from orders": "**",
    "select [x + 1 for x in items] from orders": "a list comprehension",
    "select list_transform(items, lambda x: x + 1) from orders": "lambda",
    "select a from orders asof join rates on orders.day >= rates.day": "asof",
    "select a from orders semi join rates on orders.day = rates.day": "semi join",
    "select hash(order_id) from orders": "hash()",
    "select a, count(*) from orders group by all": "group by all",
    "select distinct on (a) a, b from orders": "distinct on",
    # 9: generators
    "select unnest(items) from orders": "unnest()",
    "select generate_series(1, 3)": "generate_series()",
    "select a from orders where a in [1, 2]": "a list",
    # 10: Unicode
    "select nfc_normalize(name) from records": "nfc_normalize()",
    # a night that is run again gives the same result
    "select current_date": "current_date",
    "select now()": "now()",
    "select random()": "random()",
}


@pytest.mark.parametrize(("line", "found"), BAD.items())
def test_a_bad_line_is_found(linter, line, found):
    text = f"-- a model\n\nselect * from {{{{ ref('other') }}}}\n{line}\n"
    assert [(each.line, each.found) for each in linter.lint_sql(text)] == [(4, found)]


@pytest.mark.parametrize(
    "kind",
    ["varchar", "varchar[]", "string[]", "text", "hugeint", "decimal", "timestamp with time zone"],
)
def test_a_type_of_one_engine_is_found_in_yaml(linter, kind):  # 11
    block = f"models:\n  - name: a\n    columns:\n      - name: b\n        data_type: {kind}\n"
    flow = f"      - {{name: b, data_type: {kind}, description: A column.}}\n"
    assert [(each.line, each.found) for each in linter.lint_yaml(block + flow)] == [
        (5, f"data_type: {kind}"),
        (6, f"data_type: {kind}"),
    ]


GOOD = """
{{ config(materialized='incremental', unique_key=['a', 'b']) }}

{# dayname(x) :: // in a comment of Jinja #}
---------- sha256(x), a ruler
/* trim(x)
   qualify */
select
    orders.*,
    'it''s ::, // and dayname(x) in {{ a_string }} -- no comment' as words,
    "list(x)" as quoted,
    {{ days_between('first', 'last') }} as days,
    any_value(name) filter (where name is not null and length(name) > (1)) as name,
    count(*) * 2 as doubled,
    sum(amount) over (order by day nulls first, {{ rank }} rows unbounded preceding) as running,
    row_number() over (partition by (a), lead(b, 1) order by a is not null, b desc nulls last) as n
from {{ ref('orders') }} as orders -- a / b, and an apostrophe: it's
where day between first - 364 and last {% if is_incremental() %} and true {% endif %}
"""


def test_comments_strings_and_what_both_read_are_left_alone(linter):
    assert linter.lint_sql(GOOD) == []


def test_a_string_of_jinja_is_read_as_sql(linter):
    text = "select 1\n{% for a in ['dayname(day)', \"day\"] %}{{ f('x::date', a) }}{% endfor %}"
    assert [(each.line, each.found) for each in linter.lint_sql(text)] == [
        (2, "::"),
        (2, "dayname()"),
    ]


def test_every_finding_has_its_line(linter):
    text = "select\n    a::date,\n    '\n' || lower(b)\nfrom c\norder by\n    a,\n    b nulls last"
    assert [(each.line, each.found) for each in linter.lint_sql(text)] == [
        (2, "::"),
        (4, "lower()"),
        (7, "order by a"),
    ]


def test_the_macros_that_a_finding_recommends_are_exempt(linter):
    assert linter.lint_sql("select a / b", "amount_per") == []
    assert [each.found for each in linter.lint_sql("select a / b", "clean_text")] == ["/"]


def run(*arguments):
    return subprocess.run(
        [sys.executable, str(TOOLS / "dialect_lint.py"), *map(str, arguments)],
        capture_output=True, text=True, cwd=PROJECT_ROOT,
    )  # fmt: skip


def test_the_project_is_clean():
    done = run("dbt_project")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_finding_names_file_line_and_alternative(tmp_path):
    model = tmp_path / "models" / "orders.sql"
    model.parent.mkdir()
    model.write_text("select\n    trim(a)\nfrom b\n", encoding="utf-8")
    dialect = tmp_path / "macros" / "dialect" / "trimmed.sql"
    dialect.parent.mkdir(parents=True)
    dialect.write_text("trim(a)", encoding="utf-8")
    done = run(tmp_path)
    expected = f"{model}:2: trim() — write strip_spaces or clean_text (U+3000)\n"
    assert (done.returncode, done.stdout) == (1, expected)
