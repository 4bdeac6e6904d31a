{#
    A number by another as a double, null where the other is 0 or null.

    part, whole  whole numbers, doubles, or decimals that may lose digits
#}
{% macro ratio_of(part, whole) -%}
    cast({{ part }} as double) / nullif(cast({{ whole }} as double), 0)
{%- endmacro %}
