{#- A view on DuckDB, replaced in one statement; dbt's own renames and drops, as for a table. -#}
{% materialization view, adapter='duckdb' %}
    {%- set built = this.incorporate(type='view') -%}
    {{ drop_other_type(built) }}
    {{ run_hooks(pre_hooks) }}
    {% call statement('main') -%}
        create or replace view {{ built }} as (
            {{ compiled_code }}
        );
    {%- endcall %}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [built]}) }}
{% endmaterialization %}
