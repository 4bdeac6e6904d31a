{#
    An item of a list; null if the list is shorter or null.

    list        an expression
    position    1 for the first
#}
{% macro list_item(list, position) -%}
    {{ adapter.dispatch('list_item')(list, position) }}
{%- endmacro %}

{% macro default__list_item(list, position) -%}
    {{ list }}[{{ position }}]
{%- endmacro %}

{% macro spark__list_item(list, position) -%}
    get({{ list }}, {{ position }} - 1)
{%- endmacro %}
