{#
    The key of an identifier, made of its type and its value.

    identifier_type   what kind of identifier, such as customer_number
    identifier_value  its normalised value
#}
{% macro identifier_id(identifier_type, identifier_value) -%}
    {{ keyed_id(identifier_type ~ " || ':' || " ~ identifier_value) }}
{%- endmacro %}
