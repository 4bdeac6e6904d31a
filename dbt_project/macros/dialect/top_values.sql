{#
    An aggregate: a list of the values with the greatest weights, greatest first. Ties go to the smaller
    value; for texts, the first in alphabetical order.

    value   an expression, never null
    weight  a number, never null
    count   how many, a literal
#}
{% macro top_values(value, weight, count) -%}
    {{ adapter.dispatch('top_values')(value, weight, count) }}
{%- endmacro %}

{% macro default__top_values(value, weight, count) -%}
    arg_min({{ value }}, row(-{{ weight }}, {{ value }}), {{ count }})
{%- endmacro %}

{% macro spark__top_values(value, weight, count) -%}
    transform(
        slice(array_sort(collect_list(struct(-{{ weight }} as w, {{ value }} as v))), 1, {{ count }}),
        each -> each.v
    )
{%- endmacro %}
