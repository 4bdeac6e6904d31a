{{ config(unique_key=['source_system', 'product_id']) }}

-- Each product as it was last delivered.

with

final as (

    {{ union_of('products', without=['is_active', 'inactive_since']) }}

)

select * from final
