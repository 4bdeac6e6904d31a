{#
    An aggregate: the sum over the rows that meet a condition, 0 where none does.

    value       a number
    condition   a boolean expression, such as days_ago < 30
    type        what the sum is cast to: engines sum into types of their own
#}
{% macro sum_where(value, condition, type) -%}
    cast(coalesce(sum({{ value }}) filter (where {{ condition }}), 0) as {{ type }})
{%- endmacro %}
