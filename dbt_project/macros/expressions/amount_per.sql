{#
    An amount divided by a count, rounded half up to four digits. The engines divide decimals
    differently, as floating-point numbers or to a fixed number of digits; whole numbers of
    ten-thousandths are exact on both.

    amount  a decimal with four digits, up to 10^14
    count   null or 0 gives null
#}
{% macro amount_per(amount, count) -%}
    {%- set units = 'cast(10000 * cast(' ~ amount ~ ' as decimal(38, 4)) as bigint)' -%}
    {%- set halves = '2 * abs(' ~ units ~ ') + (' ~ count ~ ')' -%}
    cast(
        cast(sign({{ units }}) * {{ whole_quotient(halves, 'nullif(2 * (' ~ count ~ '), 0)') }} as decimal(18, 0))
        * cast(0.0001 as decimal(4, 4))
        as decimal(18, 4)
    )
{%- endmacro %}
