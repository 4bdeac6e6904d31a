{#
    Incremental strategy `restated_days`: replace whole the business days that tonight's loads touch.
    The model selects those days only, and names its day column in `unique_key`.
#}
{% macro get_incremental_restated_days_sql(arg_dict) %}
    {{ replace_rows(
        arg_dict,
        arg_dict["unique_key"] ~ " in (select restated_date from " ~ ref("int_days_restated") ~ ")",
    ) }}
{% endmacro %}
