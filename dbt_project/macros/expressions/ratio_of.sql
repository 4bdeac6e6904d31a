{#
    One number divided by another as a double; null if the divisor is 0 or null.

    part, whole  whole numbers, doubles, or decimals that may lose digits
#}
{% macro ratio_of(part, whole) -%}
    cast({{ part }} as double) / nullif(cast({{ whole }} as double), 0)
{%- endmacro %}
