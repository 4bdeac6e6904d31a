{#
    The full English name of a weekday, such as Wednesday.

    day     a date or a timestamp
#}
{% macro weekday_name(day) -%}
    {{ adapter.dispatch('weekday_name')(day) }}
{%- endmacro %}

{% macro default__weekday_name(day) -%}
    dayname({{ day }})
{%- endmacro %}

{% macro spark__weekday_name(day) -%}
    date_format({{ day }}, 'EEEE')
{%- endmacro %}
