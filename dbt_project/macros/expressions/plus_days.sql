{#
    A date so many days later. Where the number is a literal, `day + 30` is as good; a bigint is not
    added to a date everywhere.

    day     a date
    days    a whole number, negative for earlier
#}
{% macro plus_days(day, days) -%}
    ({{ day }} + cast({{ days }} as integer))
{%- endmacro %}
