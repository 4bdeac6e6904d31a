{#
    Incremental strategy `restated_identifiers`: replace the identifiers whose past tonight changes, whole.
    The model computes those identifiers only, and names its key column in `unique_key`.
#}
{% macro get_incremental_restated_identifiers_sql(arg_dict) %}
    {{ replace_restated(arg_dict, "select identifier_id from " ~ ref("int_identifiers_restated")) }}
{% endmacro %}
