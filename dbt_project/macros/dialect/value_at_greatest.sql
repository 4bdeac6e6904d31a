{#
    An aggregate: the value from the row whose order is greatest; null values are ignored.

    value   an expression
    order   a list of expressions that no two rows share; see record_of on nulls
#}
{% macro value_at_greatest(value, order) -%}
    {{ adapter.dispatch('value_at_greatest')(value, order) }} filter (where {{ value }} is not null)
{%- endmacro %}

{% macro default__value_at_greatest(value, order) -%}
    arg_max({{ value }}, {{ record_of(order) if order | length > 1 else order[0] }})
{%- endmacro %}

{% macro spark__value_at_greatest(value, order) -%}
    max_by({{ value }}, {{ record_of(order) if order | length > 1 else order[0] }})
{%- endmacro %}
