{#
    An amount by a count, rounded half up to a hundredth. DuckDB divides decimals as floating point
    numbers, where 8.37 / 2 is a little less than 4.185; whole hundredths have no such error.

    amount  a decimal with two digits
    count   null or 0 gives null
#}
{% macro amount_per(amount, count) -%}
    cast(round(100 * {{ amount }} / nullif({{ count }}, 0)) / 100 as decimal(18, 2))
{%- endmacro %}
