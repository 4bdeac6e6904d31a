{#
    Incremental strategy `restated_since`: replace every day from the first that tonight's loads touch,
    or that the model computed, on. The first days of all may have lost their last row.

    The model names its day column in `unique_key`.
#}
{% macro get_incremental_restated_since_sql(arg_dict) %}
    {%- set day = arg_dict["unique_key"] -%}
    {%- set since -%}
        {{ day }} >= (
            select min(touched.first_date)
            from (
                select min({{ day }}) as first_date from {{ arg_dict["temp_relation"] }}
                union all
                select min(restated_date) as first_date from {{ ref("int_days_restated") }}
            ) as touched
        )
    {%- endset -%}
    {{ replace_rows(arg_dict, since) }}
{% endmacro %}
