{#
    A quintile score over all rows: 5 for the best fifth. Equal values always get equal scores, so the
    fifths can differ in size when many values are equal.

    measure     what is ranked
    direction   asc where more is better, desc where less is
#}
{% macro score_1_to_5(measure, direction) -%}
    cast(ceil(5 * cume_dist() over (order by {{ measure }} {{ direction }} nulls last)) as integer)
{%- endmacro %}
