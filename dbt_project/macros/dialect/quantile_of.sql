{#
    An aggregate: the smallest value that is not exceeded by a given share of the values, as a double.
    It is always one of the values, never between two. Nulls are ignored.

    value       a number
    fraction    the share, a literal between 0 and 1
#}
{% macro quantile_of(value, fraction) -%}
    {{ adapter.dispatch('quantile_of')(value, fraction) }}
{%- endmacro %}

{% macro default__quantile_of(value, fraction) -%}
    cast(quantile_disc({{ value }}, {{ fraction }}) as double)
{%- endmacro %}

{% macro spark__quantile_of(value, fraction) -%}
    cast(percentile_disc({{ fraction }}) within group (order by {{ value }}) as double)
{%- endmacro %}
