{#
    An amount divided by a count, rounded half up to four digits. The engines divide decimals
    differently, as floating-point numbers or to a fixed number of digits. Whole numbers as
    doubles are exact on both, whereas 0.0837 / 2 would be slightly less than 0.04185.

    amount  a decimal with four digits, exact up to nine hundred billion
    count   null or 0 gives null
#}
{% macro amount_per(amount, count) -%}
    cast(
        round(cast(10000 * cast({{ amount }} as decimal(38, 4)) as double) / nullif(cast({{ count }} as double), 0))
        / 10000
        as decimal(18, 4)
    )
{%- endmacro %}
