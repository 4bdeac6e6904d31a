{#
    The number that a spreadsheet takes an id for, exactly: 2368 for 2368, 02368, 2368.0 and 2.368E3.
    Null if it is no number, or one of more than 23 digits.

    id    a cleaned id
#}
{% macro id_number(id) -%}
    {%- set number = '(?:[0-9]{1,23})(?:[.](?:[0-9]{1,15}))?(?:(?:[eE])(?:[+])?(?:[0-9]{1,2}))?' -%}
    case
        when {{ matches_pattern(id, number) }} then try_cast({{ id }} as decimal(38, 15))
    end
{%- endmacro %}
