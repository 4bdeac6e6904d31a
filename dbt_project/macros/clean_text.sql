{#
    A text as people read it: composed Hangul (NFC), no invisible characters, single spaces, and null
    where a system wrote that it knows nothing.

    column           a text column
    zero_is_a_value  whether a lone 0 is an answer, as in a count
#}
{% macro clean_text(column, zero_is_a_value=false) -%}
    case
        when lower(trim({{ column }})) in (
            '', '-', '--', '.', 'n/a', 'null', 'none', 'undefined', 'unknown',
            '없음', '미입력', '해당없음'{{ "" if zero_is_a_value else ", '0'" }}
        ) then null
        else trim(
            regexp_replace(nfc_normalize({{ column }}), '[\s\x{200B}-\x{200D}\x{FEFF}\x{A0}]+', ' ', 'g')
        )
    end
{%- endmacro %}
