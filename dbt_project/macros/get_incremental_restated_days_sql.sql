{#
    Incremental strategy `restated_days`: replace the business days that tonight's loads touch, whole.

    A day that lost all its rows is emptied, which a strategy that deletes what it inserts would miss.
    The model selects those days only, and names its day column in `unique_key`.
#}
{% macro get_incremental_restated_days_sql(arg_dict) %}
    {%- set columns = get_quoted_csv(arg_dict["dest_columns"] | map(attribute="name")) -%}
    delete from {{ arg_dict["target_relation"] }}
    where {{ arg_dict["unique_key"] }} in (
        select restated_date from {{ ref("int_days_restated") }}
    );
    insert into {{ arg_dict["target_relation"] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict["temp_relation"] }}
{% endmacro %}
