{#- The two materializations of received rows: every version of a row, and the latest of each.

A model's SQL is the union of what arrived tonight; the strategy adds what became of each row. Both
engines run them. -#}
{% materialization versions, default %}
    {{ return(build_received(versions_of, '_load_id, _row')) }}
{% endmaterialization %}

{% materialization latest, default %}
    {{ return(build_received(latest_of, config.require('unique_key') | join(', '))) }}
{% endmaterialization %}

{#-
    Builds a model's table from its rows, or replaces those that changed tonight.

    rows_of    the strategy: a macro of the model's SQL and the existing table, or none in a full build
    columns    what tonight's rows and those that they replace have in common, and never is null
-#}
{% macro build_received(rows_of, columns) %}
    {%- set built = this.incorporate(type='table') -%}
    {%- set existing = load_cached_relation(this) -%}
    {{ run_hooks(pre_hooks) }}
    {%- if existing is none or should_full_refresh() -%}
        {%- call statement('main') -%}
            {{ create_table_as(False, built, rows_of(sql, none)) }}
        {%- endcall -%}
    {%- else -%}
        {%- set fresh = make_temp_relation(built) -%}
        {%- do run_query(create_table_as(True, fresh, rows_of(sql, existing))) -%}
        {%- call statement('main') -%}
            {{ replace_rows(
                {
                    'target_relation': built, 'temp_relation': fresh,
                    'dest_columns': adapter.get_columns_in_relation(existing),
                },
                '(' ~ columns ~ ') in (select ' ~ columns ~ ' from ' ~ fresh ~ ')',
            ) }}
        {%- endcall -%}
        {%- do adapter.drop_relation(fresh) -%}
    {%- endif -%}
    {{ run_hooks(post_hooks) }}
    {%- do adapter.commit() -%}
    {{ return({'relations': [built]}) }}
{% endmacro %}
