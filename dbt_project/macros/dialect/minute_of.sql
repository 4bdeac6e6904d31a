{#
    A moment without its seconds, as a timestamp. Of dates the engines would give different types.

    moment      a timestamp column
#}
{% macro minute_of(moment) -%}
    date_trunc('minute', {{ moment }})
{%- endmacro %}
