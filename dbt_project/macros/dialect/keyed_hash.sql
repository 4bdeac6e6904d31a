{#
    HMAC-SHA-256 of a text with the home's secret, as 64 lower-case hexadecimal digits. The secret, padded,
    is in two session variables (dangol/id_keys.py), so a model that keys ids is no view: on Spark a view
    may not name a variable.

    text    a text expression; null gives null
#}
{% macro keyed_hash(text) -%}
    {{ adapter.dispatch('keyed_hash')(text) }}
{%- endmacro %}

{#- Without the cast DuckDB drops the error, and without a secret all ids would be null. -#}
{% macro default__keyed_hash(text) -%}
    {%- set missing = "cast(error('this session has no secret to make ids with') as blob)" -%}
    sha256(coalesce(getvariable('id_key_outer'), {{ missing }}) || unhex(
        sha256(coalesce(getvariable('id_key_inner'), {{ missing }}) || encode({{ text }}))
    ))
{%- endmacro %}

{% macro spark__keyed_hash(text) -%}
    {%- set inner = "concat(session.id_key_inner, encode(" ~ text ~ ", 'UTF-8'))" -%}
    sha2(concat(session.id_key_outer, unhex(sha2({{ inner }}, 256))), 256)
{%- endmacro %}
