{#
    The columns of a model in the order of its YAML, the one place where an entity's columns are listed.
    dbt has no graph while it parses, when nothing runs, nor in a unit test, which reads the columns
    from the tables that a night built.

    entity      the model's name
    without     names to leave out, such as columns that the model itself adds
    alias       an alias before each name, for joins
#}
{% macro columns_of(entity, without=[], alias=none) -%}
    {%- if not execute -%}
        {%- set columns = ['*'] -%}
    {%- elif graph.nodes -%}
        {%- set columns = graph.nodes['model.' ~ project_name ~ '.' ~ entity].columns -%}
    {%- else -%}
        {%- set built = api.Relation.create(model.database, model.schema, entity) -%}
        {%- set columns = adapter.get_columns_in_relation(built) | map(attribute='name') -%}
    {%- endif -%}
    {%- set prefix = alias ~ '.' if alias else '' -%}
    {%- for column in columns if column not in without -%}
        {{ prefix }}{{ column }}{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
