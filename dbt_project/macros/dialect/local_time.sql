{#
    The local time of a UTC timestamp, as a timestamp without a zone.

    moment      a UTC timestamp without a zone
    timezone    a column or literal with an IANA name
#}
{% macro local_time(moment, timezone) -%}
    {{ adapter.dispatch('local_time')(moment, timezone) }}
{%- endmacro %}

{% macro default__local_time(moment, timezone) -%}
    timezone({{ timezone }}, make_timestamptz(epoch_us({{ moment }})))
{%- endmacro %}

{% macro spark__local_time(moment, timezone) -%}
    convert_timezone('UTC', {{ timezone }}, {{ moment }})
{%- endmacro %}
