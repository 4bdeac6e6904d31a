{#
    An id that may be published, for a text that may not: 128 bits of `keyed_hash`.

    text    a text expression; null gives null
#}
{% macro keyed_id(text) -%}
    left({{ keyed_hash(text) }}, 32)
{%- endmacro %}
