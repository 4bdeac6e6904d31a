{#- A table on DuckDB, replaced inside the model's transaction.

dbt's own materialization builds it under another name, and renames and drops: a third of what a
model costs besides its query. DuckDB rolls back the transaction if the query fails, so the old
table remains. -#}
{% materialization table, adapter='duckdb' %}
    {%- set built = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks) }}
    {% call statement('main') -%}
        {{ drop_existing(built) }}
        {{ create_table_as(False, built, compiled_code) }}
    {%- endcall %}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [built]}) }}
{% endmaterialization %}
