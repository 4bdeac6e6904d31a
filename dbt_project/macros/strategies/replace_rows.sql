{#
    The body of an incremental strategy: delete the rows that the night replaces, and insert those that
    the model computed. Keys that lost all of their rows are emptied too, which deleting only the
    inserted keys would miss.

    arg_dict    from dbt: the table, the new rows, the columns
    replaced    a condition that is true of the table's rows to delete

    On Spark the new rows are a temporary view over the table itself, and plain Parquet cannot delete, so
    all rows are written to another table in one statement, which then takes over the table's name. A
    reader in between finds no table. Iceberg and Delta could delete and insert.
#}
{% macro replace_rows(arg_dict, replaced) %}
    {{ adapter.dispatch('replace_rows')(arg_dict, replaced) }}
{% endmacro %}

{% macro default__replace_rows(arg_dict, replaced) -%}
    {%- set columns = get_quoted_csv(arg_dict["dest_columns"] | map(attribute="name")) -%}
    delete from {{ arg_dict["target_relation"] }}
    where {{ replaced }};
    insert into {{ arg_dict["target_relation"] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict["temp_relation"] }}
{%- endmacro %}

{% macro spark__replace_rows(arg_dict, replaced) -%}
    {%- set columns = get_quoted_csv(arg_dict["dest_columns"] | map(attribute="name")) -%}
    {%- set table = arg_dict["target_relation"] -%}
    {%- set rewritten = table.incorporate(path={"identifier": table.identifier ~ "__rewritten"}) -%}
    {%- do run_query("drop table if exists " ~ rewritten) -%}
    {%- call statement("rewrite") -%}
        create table {{ rewritten }} as
        select {{ columns }} from {{ table }}
        where not coalesce({{ replaced }}, false)
        union all
        select {{ columns }} from {{ arg_dict["temp_relation"] }}
    {%- endcall -%}
    {%- do run_query("drop table " ~ table) -%}
    alter table {{ rewritten }} rename to {{ table }}
{%- endmacro %}
