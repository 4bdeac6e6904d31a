{#
    Follows `as` where a CTE is long and read more than once: DuckDB would copy all of it into memory
    first, and the night would cost what the history is long. Spark never copies one.
#}
{% macro not_materialized() -%}
    {{ adapter.dispatch('not_materialized')() }}
{%- endmacro %}

{% macro default__not_materialized() -%}
    not materialized
{%- endmacro %}

{% macro spark__not_materialized() -%}
{%- endmacro %}
