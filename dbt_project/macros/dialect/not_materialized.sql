{#
    Goes after `as` for a long CTE that is read more than once: DuckDB would first copy all of it into
    memory, so that a night's cost would grow with the history. Spark never copies a CTE.
#}
{% macro not_materialized() -%}
    {{ adapter.dispatch('not_materialized')() }}
{%- endmacro %}

{% macro default__not_materialized() -%}
    not materialized
{%- endmacro %}

{% macro spark__not_materialized() -%}
{%- endmacro %}
