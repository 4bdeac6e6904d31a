{#
    An amount divided by a count, rounded half up to a hundredth. The engines divide decimals
    differently, as floating-point numbers or to a fixed number of digits. Whole hundredths as doubles
    are exact on both, whereas 8.37 / 2 would be slightly less than 4.185.

    amount  a decimal with two digits
    count   null or 0 gives null
#}
{% macro amount_per(amount, count) -%}
    cast(
        round(cast(100 * {{ amount }} as double) / nullif(cast({{ count }} as double), 0)) / 100
        as decimal(18, 2)
    )
{%- endmacro %}
