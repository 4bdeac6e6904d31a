{#
    The sum of several amounts, wide enough that it can't overflow; a null counts as 0.

    amounts    a list of decimal expressions
#}
{% macro sum_of(amounts) -%}
    {%- for amount in amounts -%}
        coalesce(cast({{ amount }} as decimal(38, 4)), 0){{ " + " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
