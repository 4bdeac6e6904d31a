{#
    A text as people read it: no invisible characters, single spaces, and null for placeholders such as
    n/a. Hangul is already composed (NFC), since text is composed when it lands.

    column           a text column
    zero_is_a_value  whether a lone 0 is an answer, as in a count
#}
{% macro clean_text(column, zero_is_a_value=false) -%}
    {%- set invisible = '[\\t\\n\\f\\r \\x{A0}\\x{200B}-\\x{200D}\\x{FEFF}]+' -%}
    {%- set nothing = no_value_words(['n/a'] + ([] if zero_is_a_value else ['0'])) -%}
    case
        when {{ matches_pattern(
            lower_case(strip_spaces(column)), '(?:' ~ nothing ~ ')'
        ) }} then null
        else {{ strip_spaces(replace_pattern(column, invisible, ' ')) }}
    end
{%- endmacro %}
