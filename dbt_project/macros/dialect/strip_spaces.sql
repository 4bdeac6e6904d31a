{#
    A text without leading and trailing spaces: all Unicode spaces, including the ideographic one
    (U+3000), but not tabs and line breaks.

    text    a text expression
#}
{% macro strip_spaces(text) -%}
    {{ adapter.dispatch('strip_spaces')(text) }}
{%- endmacro %}

{% macro default__strip_spaces(text) -%}
    trim({{ text }})
{%- endmacro %}

{% macro spark__strip_spaces(text) -%}
    {%- set spaces = [
        '0020', '00A0', '1680', '2000', '2001', '2002', '2003', '2004', '2005', '2006', '2007',
        '2008', '2009', '200A', '202F', '205F', '3000',
    ] -%}
    trim(both '\u{{ spaces | join('\\u') }}' from {{ text }})
{%- endmacro %}
