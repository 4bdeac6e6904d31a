{#
    The body of a CTE: a row per day from one to another, both inclusive, in the column `day`. No rows
    if the first is after the last or either is null.

    bounds          a relation, preferably of one row; each row adds its own days
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
