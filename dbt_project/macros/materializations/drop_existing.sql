{#- The statement that drops what has the name of a model, table or view, in its transaction. -#}
{% macro drop_existing(built) %}
    {%- set existing = load_cached_relation(built) -%}
    {%- if existing is not none -%}
        {%- do adapter.cache_dropped(existing) -%}
        drop {{ existing.type }} if exists {{ existing }};
    {%- endif -%}
{% endmacro %}
