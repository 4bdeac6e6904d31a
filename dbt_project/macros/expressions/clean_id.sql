{#
    An id as it is compared: without surrounding spaces and invisible characters, and null for what means
    no id. It is composed (NFC) already, since text is composed when it lands. Most ids are printable
    ASCII with a digit in it, and are kept as they are. What means no id is a pattern, not a list: of
    `in` with a long list DuckDB makes a join, for which it would clean every id.

    column    a text column
#}
{% macro clean_id(column) -%}
    {%- set ordinary = '(?:[!-~]*)(?:[0-9])(?:[!-~]*)' -%}
    {%- set invisible = '\\x{200B}-\\x{200F}\\x{2028}-\\x{202F}\\x{2060}\\x{3000}\\x{FEFF}' -%}
    {%- set ends = '[\\x{00}-\\x{20}\\x{A0}' ~ invisible ~ ']+' -%}
    {%- set nothing = [
        '', '--?', '\\.', '#?n/?a', 'nan', 'null', '\\(null\\)', '<null>', '\\\\n', 'none', 'nil', 'undefined',
        'unknown', '없음', '미입력', '해당없음',
    ] | join('|') -%}
    {%- set trimmed = replace_pattern(column, '^' ~ ends ~ '|' ~ ends ~ '$', '') -%}
    case
        when {{ matches_pattern(column, ordinary) }} then {{ column }}
        when {{ matches_pattern(lower_case(trimmed), '(?:' ~ nothing ~ ')') }} then null
        else {{ trimmed }}
    end
{%- endmacro %}
