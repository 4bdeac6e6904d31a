{#
    The key of an identifier: 128 bits of SHA-256 over its type and its value.

    identifier_type   what kind of identifier, such as customer_number
    identifier_value  its normalised value
#}
{% macro identifier_id(identifier_type, identifier_value) -%}
    left({{ hash_text(identifier_type ~ " || ':' || " ~ identifier_value) }}, 32)
{%- endmacro %}
