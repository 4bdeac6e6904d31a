{#
    An aggregate: the sum over the rows that meet a condition; 0 if none does.

    value       a number
    condition   a boolean expression, such as days_ago < 30
    type        what the sum is cast to, since engines choose different types for sums
#}
{% macro sum_where(value, condition, type) -%}
    cast(coalesce(sum({{ value }}) filter (where {{ condition }}), 0) as {{ type }})
{%- endmacro %}
