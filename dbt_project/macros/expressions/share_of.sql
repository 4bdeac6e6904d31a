{#
    One amount as a share of another, rounded half up to four digits; as exact as amount_per.

    part, whole  decimals with four digits; a whole of 0 gives null
#}
{% macro share_of(part, whole) -%}
    cast(
        round(
            10000 * cast(10000 * cast({{ part }} as decimal(38, 4)) as double)
            / nullif(cast(10000 * cast({{ whole }} as decimal(38, 4)) as double), 0)
        ) / 10000
        as decimal(18, 4)
    )
{%- endmacro %}
