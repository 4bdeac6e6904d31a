{#
    Incremental strategy `restated_since`: replace every day from the first that tonight's loads touch,
    or that the model computed, on. The first days of all may have lost their last row.

    The model names its day column in `unique_key`.
#}
{% macro get_incremental_restated_since_sql(arg_dict) %}
    {%- set columns = get_quoted_csv(arg_dict["dest_columns"] | map(attribute="name")) -%}
    delete from {{ arg_dict["target_relation"] }}
    where {{ arg_dict["unique_key"] }} >= (
        select min(first_date)
        from (
            select min({{ arg_dict["unique_key"] }}) as first_date from {{ arg_dict["temp_relation"] }}
            union all
            select min(restated_date) as first_date from {{ ref("int_days_restated") }}
        ) as touched
    );
    insert into {{ arg_dict["target_relation"] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict["temp_relation"] }}
{% endmacro %}
