{#
    The body of a CTE: the rows of an entity from all systems that deliver some.

    entity      the model whose YAML lists the columns
    relations   where the rows are; by default the staging models that the contracts name
                (`receivedIn` and `describes`)
    without     columns of the entity that the relations do not have
#}
{% macro union_of(entity, relations=none, without=[]) -%}
    {%- set relations = staging_of(entity) if relations is none else relations -%}
    {%- set selects = [] -%}
    {%- for relation in relations -%}
        {%- do selects.append('select ' ~ columns_of(entity, without) ~ ' from ' ~ relation) -%}
    {%- endfor -%}
    {{ selects | join('\n    union all\n    ') if selects else empty_rows(entity, without) }}
{%- endmacro %}

{# The staging models of an entity, as refs: dbt_project.yml gets them from the contracts. #}
{% macro staging_of(entity) -%}
    {%- set relations = [] -%}
    {%- for staging in var('staging_of', {})[entity] or [] -%}
        {%- do relations.append(ref(staging)) -%}
    {%- endfor -%}
    {{ return(relations) }}
{%- endmacro %}
