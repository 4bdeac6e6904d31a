{#
    The body of a CTE: the rows of several relations that have an entity's columns, in any order.

    entity      the model whose YAML lists the columns
    relations   a list of refs, one staging model per system
    without     columns of the entity that the relations do not have
#}
{% macro union_of(entity, relations, without=[]) -%}
    {%- set selects = [] -%}
    {%- for relation in relations -%}
        {%- do selects.append('select ' ~ columns_of(entity, without) ~ ' from ' ~ relation) -%}
    {%- endfor -%}
    {{ selects | join('\n    union all\n    ') }}
{%- endmacro %}
