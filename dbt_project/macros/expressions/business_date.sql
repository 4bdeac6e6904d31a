{#
    The business day of a moment: days are cut at midnight of the company's time zone.

    moment      a UTC timestamp column
    timezone    a column or literal with an IANA name
#}
{% macro business_date(moment, timezone) -%}
    cast({{ local_time(moment, timezone) }} as date)
{%- endmacro %}
