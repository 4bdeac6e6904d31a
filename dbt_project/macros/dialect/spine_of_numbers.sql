{#
    The body of a CTE: a row per whole number from one to another, both inclusive, in the column
    `number`, a bigint. No rows if the first is above the last or either is null.

    bounds          a relation, preferably of one row; each row adds its own numbers
    first, last     its columns of whole numbers
#}
{% macro spine_of_numbers(bounds, first, last) -%}
    {{ adapter.dispatch('spine_of_numbers')(bounds, first, last) }}
{%- endmacro %}

{% macro default__spine_of_numbers(bounds, first, last) -%}
    select unnest(generate_series({{ first }}, {{ last }})) as number
    from {{ bounds }}
{%- endmacro %}

{% macro spark__spine_of_numbers(bounds, first, last) -%}
    select explode(sequence(cast({{ first }} as bigint), cast({{ last }} as bigint))) as number
    from {{ bounds }}
    where {{ first }} <= {{ last }}
{%- endmacro %}
