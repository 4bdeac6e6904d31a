{#
    One amount as a share of another, rounded half up to four digits; as exact as amount_per.

    part, whole  decimals with two digits; a whole of 0 gives null
#}
{% macro share_of(part, whole) -%}
    cast(
        round(
            10000 * cast(100 * ({{ part }}) as double)
            / nullif(cast(100 * ({{ whole }}) as double), 0)
        ) / 10000
        as decimal(18, 4)
    )
{%- endmacro %}
