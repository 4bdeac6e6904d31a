{#
    Incremental strategy `restated_since`: replace every day from the first that the model computed on.

    The model names its day column in `unique_key`.
#}
{% macro get_incremental_restated_since_sql(arg_dict) %}
    {%- set columns = get_quoted_csv(arg_dict["dest_columns"] | map(attribute="name")) -%}
    delete from {{ arg_dict["target_relation"] }}
    where {{ arg_dict["unique_key"] }} >= (
        select min({{ arg_dict["unique_key"] }}) from {{ arg_dict["temp_relation"] }}
    );
    insert into {{ arg_dict["target_relation"] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict["temp_relation"] }}
{% endmacro %}
