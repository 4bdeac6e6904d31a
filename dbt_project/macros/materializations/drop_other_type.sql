{#- Drops what has the name of a model but is of another type: yesterday's view, today a table. -#}
{% macro drop_other_type(built) %}
    {%- set existing = load_cached_relation(built) -%}
    {%- if existing is not none and existing.type != built.type %}
        {{ adapter.drop_relation(existing) }}
    {%- endif -%}
{% endmacro %}
