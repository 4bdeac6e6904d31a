-- If several systems describe a product, it is as the first of them says, in the order of their
-- names: lines that are joined to it must not be doubled.

with

products as (

    select
        *,
        {{ id_space('product_id_space') }} as id_space
    from {{ ref('products') }}

),

ranked as (

    select
        *,
        row_number() over (
            partition by id_space, product_id order by source_system nulls last
        ) as place
    from products

),

final as (

    select
        id_space as product_id_space,
        product_id,
        source_system,
        product_name,
        manufacturer_id,
        department,
        brand,
        category,
        product_type,
        package_size,
        is_active
    from ranked
    where place = 1

)

select * from final
