{#
    Whose number an id of a product or a store is. Ids are compared within one space only.

    named    the space that a staging model names; null for the company's own
#}
{% macro id_space(named) -%}
    coalesce({{ named }}, 'company')
{%- endmacro %}
