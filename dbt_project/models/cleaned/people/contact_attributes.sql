{{ config(materialized='view') }}

-- The attributes of a company's own, which its staging models call own_<name>: a row each.

{%- set records = ref('int_contact_records_received') %}
{%- set own = own_columns_in(records) %}

with

records as (

    select * from {{ records }}

),

final as (

    {% for column in own %}
        select
            source_system,
            record_id,
            '{{ column[4:] }}' as attribute_name,
            {{ column }} as attribute_value,
            _load_id,
            _row
        from records
        where {{ column }} is not null
        {{ 'union all' if not loop.last }}
    {% endfor %}
    {% if not own %}
        select
            source_system,
            record_id,
            cast(null as string) as attribute_name,
            cast(null as string) as attribute_value,
            _load_id,
            _row
        from records
        where 1 = 0
    {% endif %}

)

select * from final
