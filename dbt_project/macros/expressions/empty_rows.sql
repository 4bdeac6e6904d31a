{#
    A select of an entity's columns without any row, for an entity that no system delivers.

    entity      the model whose YAML lists the columns with their types
    without     names to leave out
#}
{% macro empty_rows(entity, without=[]) -%}
    {%- set selected = [] -%}
    {%- set model = 'model.' ~ project_name ~ '.' ~ entity -%}
    {%- set columns = graph.nodes[model].columns.values() if execute else [] -%}
    {%- for column in columns if column.name not in without -%}
        {%- do selected.append('cast(null as ' ~ column.data_type ~ ') as ' ~ column.name) -%}
    {%- endfor -%}
    select {{ selected | join(', ') or 'null as nothing' }} where 1 = 0
{%- endmacro %}
