{#
    A text in lower case, each letter by itself, to be compared with known words. Java would write the
    Turkish I with a dot as two characters, and a sigma as its neighbours ask.

    text    a text expression
#}
{% macro lower_case(text) -%}
    {{ adapter.dispatch('lower_case')(text) }}
{%- endmacro %}

{% macro default__lower_case(text) -%}
    lower({{ text }})
{%- endmacro %}

{% macro spark__lower_case(text) -%}
    lower(translate({{ text }}, '\u0130\u03A3', 'i\u03C3'))
{%- endmacro %}
