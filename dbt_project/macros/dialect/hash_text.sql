{#
    The SHA-256 of a text as 64 lower-case hexadecimal digits: the same key on every engine.

    text    a text expression; null gives null
#}
{% macro hash_text(text) -%}
    {{ adapter.dispatch('hash_text')(text) }}
{%- endmacro %}

{% macro default__hash_text(text) -%}
    sha256({{ text }})
{%- endmacro %}

{% macro spark__hash_text(text) -%}
    sha2({{ text }}, 256)
{%- endmacro %}
