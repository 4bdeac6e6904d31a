{# The loads whose file is replaced by one of tonight's files, as a subquery. #}
{% macro loads_withdrawn_tonight() -%}
    select replaced.load_id
    from {{ source('ops', 'loads') }} as replaced
    inner join {{ source('ops', 'loads') }} as replacing
        on replaced.superseded_by = replacing.load_id
    where replacing.is_new
{%- endmacro %}
