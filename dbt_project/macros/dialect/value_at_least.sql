{#
    An aggregate: the value from the row whose order is least; null values are ignored.

    value   an expression
    order   a list of expressions that no two rows share; see record_of on nulls
#}
{% macro value_at_least(value, order) -%}
    {{ adapter.dispatch('value_at_least')(value, order) }} filter (where {{ value }} is not null)
{%- endmacro %}

{% macro default__value_at_least(value, order) -%}
    arg_min({{ value }}, {{ record_of(order) if order | length > 1 else order[0] }})
{%- endmacro %}

{% macro spark__value_at_least(value, order) -%}
    min_by({{ value }}, {{ record_of(order) if order | length > 1 else order[0] }})
{%- endmacro %}
