{#
    The business day of a timestamp: days start at midnight in the company's time zone. A date is a
    business day already, wherever it is.

    moment      a UTC timestamp column
    timezone    a column or literal with an IANA name
#}
{% macro business_date(moment, timezone) -%}
    case
        when typeof({{ moment }}) in ('DATE', 'date') then cast({{ moment }} as date)
        else cast({{ local_time(moment, timezone) }} as date)
    end
{%- endmacro %}
