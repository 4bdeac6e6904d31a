{#
    A quintile score over all rows: 5 for the best fifth. Equal values get equal scores, that of the
    lowest fifth that they touch, so where many are equal the fifths differ in size. Null scores 1.

    measure     what is ranked
    direction   asc where more is better, desc where less is
#}
{% macro score_1_to_5(measure, direction) -%}
    cast(1 + {{ whole_quotient(
        '5 * (rank() over (order by ' ~ measure ~ ' ' ~ direction ~ ' nulls first) - 1)',
        'count(*) over ()',
    ) }} as integer)
{%- endmacro %}
