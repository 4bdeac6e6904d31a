{#
    Several values as one, compared field by field from the left. A field that can be null comes after
    one that says so: null is the greatest value in one engine and the least in the other.

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
