{#
    The first day that an incremental model by day must compute: the earliest that tonight's loads touch,
    or the day after the model's last one. Reads a CTE named restated_days.

    day_column   the model's day column
    beginning    where a full build begins
#}
{% macro first_restated_date(day_column, beginning) -%}
    {%- if is_incremental() -%}
    least(
        (select min(restated_date) from restated_days),
        (select max({{ day_column }}) + 1 from {{ this }})
    )
    {%- else -%}
        {{ beginning }}
    {%- endif -%}
{%- endmacro %}
