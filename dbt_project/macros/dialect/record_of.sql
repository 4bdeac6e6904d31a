{#
    Several values as one, compared field by field from the left. Put a field that says whether the
    next one is null before each nullable field: null is the greatest value on one engine and the least
    on the other.

    values      a list of two or more expressions
#}
{% macro record_of(values) -%}
    {{ adapter.dispatch('record_of')(values) }}
{%- endmacro %}

{% macro default__record_of(values) -%}
    row({{ values | join(', ') }})
{%- endmacro %}

{% macro spark__record_of(values) -%}
    struct({{ values | join(', ') }})
{%- endmacro %}
