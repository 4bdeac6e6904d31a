{#
    Incremental strategy `restated_identifiers`: replace the rows of the identifiers that tonight
    restates, whole. One that has no rows any more loses them.

    The model computes those identifiers only, and names its key column in `unique_key`.
#}
{% macro get_incremental_restated_identifiers_sql(arg_dict) %}
    {%- set columns = get_quoted_csv(arg_dict["dest_columns"] | map(attribute="name")) -%}
    delete from {{ arg_dict["target_relation"] }}
    where {{ arg_dict["unique_key"] }} in (
        select identifier_id from {{ ref("int_identifiers_restated") }}
    );
    insert into {{ arg_dict["target_relation"] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict["temp_relation"] }}
{% endmacro %}
