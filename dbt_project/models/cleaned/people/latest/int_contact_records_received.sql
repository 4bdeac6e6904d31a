{{ config(unique_key=['source_system', 'record_id']) }}

-- Each record that names a person, as it was last delivered.

with

final as (

    {{ union_of('contact_records', without=['is_active', 'inactive_since']) }}

)

select * from final
