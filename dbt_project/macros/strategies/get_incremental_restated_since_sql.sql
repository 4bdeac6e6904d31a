{#
    Incremental strategy `restated_since`: replace every day from the first one on that tonight's loads
    touch or that the model computed. The very first days may have lost all of their rows.

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
