{#
    A 64-bit hash of several columns, to group or join by one number instead of by texts. Engines, and
    even versions of one, give different hashes, so it must never leave the query that computes it.

    columns   a list of expressions
#}
{% macro join_hash(columns) -%}
    {{ adapter.dispatch('join_hash')(columns) }}
{%- endmacro %}

{% macro default__join_hash(columns) -%}
    hash({{ columns | join(', ') }})
{%- endmacro %}

{% macro spark__join_hash(columns) -%}
    xxhash64({{ columns | join(', ') }})
{%- endmacro %}
