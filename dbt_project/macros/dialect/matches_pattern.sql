{#
    Whether a whole text matches a regular expression.

    text       a text expression
    pattern    a literal in the syntax that RE2 and Java share, as for replace_pattern
#}
{% macro matches_pattern(text, pattern) -%}
    {{ adapter.dispatch('matches_pattern')(text, pattern) }}
{%- endmacro %}

{% macro default__matches_pattern(text, pattern) -%}
    regexp_full_match({{ text }}, '{{ pattern }}')
{%- endmacro %}

{% macro spark__matches_pattern(text, pattern) -%}
    {{ text }} rlike r'^(?:{{ pattern }})$'
{%- endmacro %}
