{#
    The ISO number of a weekday, an integer: 1 for Monday to 7 for Sunday.

    day     a date or a timestamp
#}
{% macro weekday_number(day) -%}
    {{ adapter.dispatch('weekday_number')(day) }}
{%- endmacro %}

{% macro default__weekday_number(day) -%}
    cast(isodow({{ day }}) as integer)
{%- endmacro %}

{% macro spark__weekday_number(day) -%}
    (weekday({{ day }}) + 1)
{%- endmacro %}
