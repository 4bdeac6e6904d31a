{#
    The type of a list, for casts. Macros are not available in YAML, where a list's type is written as
    "{{ '{{' }} 'array<string>' if target.type == 'spark' else 'string[]' {{ '}}' }}".

    item_type   the type of its items
#}
{% macro list_type(item_type) -%}
    {{ adapter.dispatch('list_type')(item_type) }}
{%- endmacro %}

{% macro default__list_type(item_type) -%}
    {{ item_type }}[]
{%- endmacro %}

{% macro spark__list_type(item_type) -%}
    array<{{ item_type }}>
{%- endmacro %}
