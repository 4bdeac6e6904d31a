{#
    A text in lower case, letter by letter, to be compared with known words. Java would turn the dotted
    Turkish I into two characters, and write a sigma depending on its neighbours.

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
