{#
    dbt-spark 1.11 has four fixed strategies, none of which deletes. These two macros override its own to
    add ours, which dbt-duckdb finds by itself.
#}
{% macro dbt_spark_validate_get_incremental_strategy(raw_strategy, file_format) %}
    {{ return(raw_strategy) }}
{% endmacro %}

{% macro dbt_spark_get_incremental_sql(
    strategy, source, target, existing, unique_key, incremental_predicates
) %}
    {%- set strategy_sql = context["get_incremental_" ~ strategy | replace("+", "_") ~ "_sql"] -%}
    {{ strategy_sql({
        "temp_relation": source,
        "target_relation": target,
        "unique_key": unique_key,
        "dest_columns": adapter.get_columns_in_relation(target),
        "incremental_predicates": incremental_predicates,
    }) }}
{% endmacro %}

{# `delete+insert`: replace the rows with the same keys as the new ones. #}
{% macro spark__get_incremental_delete_insert_sql(arg_dict) %}
    {%- set keys = arg_dict["unique_key"] -%}
    {%- set keys = keys if keys is string else keys | join(", ") -%}
    {{ replace_rows(
        arg_dict,
        "(" ~ keys ~ ") in (select " ~ keys ~ " from " ~ arg_dict["temp_relation"] ~ ")",
    ) }}
{% endmacro %}
