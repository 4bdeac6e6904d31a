{#
    A model has one row per value of its grain, which is never null. For the layers that no gate checks;
    for all others the gates derive the same check. The grain is in the model's meta.
#}
{% test primary_key(model) %}

    {%- set columns = ['1'] -%} {#- while dbt parses there is no graph -#}
    {%- if execute -%}
        {%- set name = model | string -%}
        {%- set nodes = graph.nodes.values() | selectattr('relation_name', 'equalto', name) -%}
        {%- set columns = (nodes | first).config.meta.grain -%}
    {%- endif -%}
    select {{ columns | join(', ') }}
    from {{ model }}
    group by {{ columns | join(', ') }}
    having
        count(*) > 1
        {% for column in columns %}
            or {{ column }} is null
        {% endfor %}

{% endtest %}
