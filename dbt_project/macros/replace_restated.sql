{#
    Delete the rows whose key tonight restates, and insert what the model computed anew: the whole of an
    incremental strategy. What lost all its rows is emptied, which deleting what is inserted would miss.

    arg_dict  dbt's; the model names its key column in `unique_key`
    keys      a subquery of the restated keys
#}
{% macro replace_restated(arg_dict, keys) -%}
    {%- set columns = get_quoted_csv(arg_dict["dest_columns"] | map(attribute="name")) -%}
    delete from {{ arg_dict["target_relation"] }}
    where {{ arg_dict["unique_key"] }} in ({{ keys }});
    insert into {{ arg_dict["target_relation"] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict["temp_relation"] }}
{%- endmacro %}
