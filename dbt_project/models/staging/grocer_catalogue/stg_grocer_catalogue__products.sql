with

products as (

    select * from {{ source('grocer_catalogue', 'products') }}

),

final as (

    select
        ---------- ids
        'grocer_catalogue' as source_system,
        product_id,
        manufacturer_id,

        ---------- text
        {{ clean_text('department') }} as department,
        {{ clean_text('brand') }} as brand,
        {{ clean_text('product_category') }} as category,
        {{ clean_text('product_type') }} as product_type,
        {{ clean_text('package_size') }} as package_size,

        ---------- where it came from
        _load_id,
        _row
    from products

)

select * from final
