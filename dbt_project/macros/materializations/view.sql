{#- A view on DuckDB, replaced inside the model's transaction, as in `table`. -#}
{% materialization view, adapter='duckdb' %}
    {%- set built = this.incorporate(type='view') -%}
    {{ run_hooks(pre_hooks) }}
    {% call statement('main') -%}
        {{ drop_existing(built) }}
        {{ create_view_as(built, compiled_code) }}
    {%- endcall %}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [built]}) }}
{% endmaterialization %}
