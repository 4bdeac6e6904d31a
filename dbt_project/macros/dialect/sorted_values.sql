{#
    An aggregate: the sorted list of all values that are not null, repeated values included.

    value       an expression
    direction   asc or desc
#}
{% macro sorted_values(value, direction) -%}
    {{ adapter.dispatch('sorted_values')(value, direction) }}
{%- endmacro %}

{% macro default__sorted_values(value, direction) -%}
    list_sort(list({{ value }}) filter (where {{ value }} is not null), '{{ direction }}')
{%- endmacro %}

{% macro spark__sorted_values(value, direction) -%}
    sort_array(collect_list({{ value }}), {{ 'true' if direction == 'asc' else 'false' }})
{%- endmacro %}
