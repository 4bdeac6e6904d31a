{#
    The UTC timestamp of a local time, as a timestamp without a zone.

    moment      a timestamp on the wall, without a zone
    timezone    a column or literal with an IANA name
#}
{% macro utc_time(moment, timezone) -%}
    {{ adapter.dispatch('utc_time')(moment, timezone) }}
{%- endmacro %}

{% macro default__utc_time(moment, timezone) -%}
    timezone('UTC', timezone({{ timezone }}, {{ moment }}))
{%- endmacro %}

{% macro spark__utc_time(moment, timezone) -%}
    convert_timezone({{ timezone }}, 'UTC', {{ moment }})
{%- endmacro %}
