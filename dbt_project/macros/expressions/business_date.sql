{#
    The business day of a timestamp: days start at midnight in the company's time zone.

    moment      a UTC timestamp column
    timezone    a column or literal with an IANA name
#}
{% macro business_date(moment, timezone) -%}
    cast({{ local_time(moment, timezone) }} as date)
{%- endmacro %}
