{#
    An id as it is compared: without surrounding spaces and invisible characters, and null for what means
    no id. It is composed (NFC) already, since text is composed when it lands. Most ids are printable
    ASCII with a digit in it, and are kept as they are.

    column    a text column
#}
{% macro clean_id(column) -%}
    {%- set ordinary = '(?:[!-~]*)(?:[0-9])(?:[!-~]*)' -%}
    {%- set invisible = '\\x{200B}-\\x{200F}\\x{2028}-\\x{202F}\\x{2060}\\x{3000}\\x{FEFF}' -%}
    {%- set ends = '[\\x{00}-\\x{20}\\x{A0}' ~ invisible ~ ']+' -%}
    {%- set nothing = no_value_words(
        ['#?n/?a', 'nan', '\\(null\\)', '<null>', '\\\\n', 'nil']
    ) -%}
    {%- set trimmed = replace_pattern(column, '^' ~ ends ~ '|' ~ ends ~ '$', '') -%}
    case
        when {{ matches_pattern(column, ordinary) }} then {{ column }}
        when {{ matches_pattern(lower_case(trimmed), '(?:' ~ nothing ~ ')') }} then null
        else {{ trimmed }}
    end
{%- endmacro %}
