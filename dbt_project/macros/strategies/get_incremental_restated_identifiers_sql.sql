{#
    Incremental strategy `restated_identifiers`: replace whole the identifiers whose past changes tonight.
    The model computes those identifiers only, and names its key column in `unique_key`.
#}
{% macro get_incremental_restated_identifiers_sql(arg_dict) %}
    {%- set restated = ref("int_identifiers_restated") -%}
    {{ replace_rows(
        arg_dict,
        arg_dict["unique_key"] ~ " in (select identifier_id from " ~ restated ~ ")",
    ) }}
{% endmacro %}
