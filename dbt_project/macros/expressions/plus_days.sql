{#
    A date plus a number of days. For a literal, `day + 30` is fine too; not every engine adds a bigint
    to a date.

    day     a date
    days    a whole number, negative for earlier
#}
{% macro plus_days(day, days) -%}
    ({{ day }} + cast({{ days }} as integer))
{%- endmacro %}
