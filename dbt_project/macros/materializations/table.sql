{#- A table on DuckDB, replaced inside the model's transaction.

dbt's own builds it under another name, and renames and drops: a third of what a model costs besides
its query. DuckDB takes the whole transaction back if the query fails, so the old table stays. -#}
{% materialization table, adapter='duckdb' %}
    {%- set built = this.incorporate(type='table') -%}
    {{ drop_other_type(built) }}
    {{ run_hooks(pre_hooks) }}
    {% call statement('main') -%}
        drop table if exists {{ built }};
        {{ create_table_as(False, built, compiled_code) }}
    {%- endcall %}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [built]}) }}
{% endmaterialization %}
