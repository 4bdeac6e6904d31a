{#
    The columns of a model in the order of its YAML, the one place where an entity's columns are listed.

    entity      the model's name
    without     names to leave out, such as what the model itself adds to what arrives
    alias       an alias before each name, if two relations meet
#}
{% macro columns_of(entity, without=[], alias=none) -%}
    {%- if not execute -%}
        * {#- while dbt parses there is no graph, and nothing runs -#}
    {%- else -%}
        {%- set node = graph.nodes['model.' ~ project_name ~ '.' ~ entity] -%}
        {%- for column in node.columns if column not in without -%}
            {{ alias ~ '.' if alias }}{{ column }}{{ ', ' if not loop.last }}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
