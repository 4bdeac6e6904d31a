{#
    The body of a CTE: a row per day from one to another, both included, in the column `day`. None where
    the first is after the last or either is null.

    bounds          a relation, best of one row; every row gives days of its own
    first, last     its date columns
#}
{% macro spine_of_days(bounds, first, last) -%}
    {{ adapter.dispatch('spine_of_days')(bounds, first, last) }}
{%- endmacro %}

{% macro default__spine_of_days(bounds, first, last) -%}
    select cast(unnest(generate_series({{ first }}, {{ last }}, interval 1 day)) as date) as day
    from {{ bounds }}
{%- endmacro %}

{% macro spark__spine_of_days(bounds, first, last) -%}
    select explode(sequence({{ first }}, {{ last }}, interval 1 day)) as day
    from {{ bounds }}
    where {{ first }} <= {{ last }}
{%- endmacro %}
