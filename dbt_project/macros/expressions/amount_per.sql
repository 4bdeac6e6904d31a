{#
    An amount by a count, rounded half up to a hundredth. The engines divide decimals in ways of their
    own, as floating point numbers or to so many digits; whole hundredths as doubles are exact in both,
    where 8.37 / 2 would be a little less than 4.185.

    amount  a decimal with two digits
    count   null or 0 gives null
#}
{% macro amount_per(amount, count) -%}
    cast(
        round(cast(100 * {{ amount }} as double) / nullif(cast({{ count }} as double), 0)) / 100
        as decimal(18, 2)
    )
{%- endmacro %}
