{#
    A quintile score: 5 for the best fifth. Equal values always get equal scores, so the fifths can
    differ in size where many are equal.

    measure     what is ranked
    direction   asc where more is better, desc where less is
    condition   who is ranked; everyone else has no score
#}
{% macro score_1_to_5(measure, direction, condition) -%}
    case
        when {{ condition }}
            then cast(ceil(5 * cume_dist() over (
                partition by {{ condition }} order by {{ measure }} {{ direction }}
            )) as integer)
    end
{%- endmacro %}
