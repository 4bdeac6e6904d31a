-- What an identifier spent in the last 365 days, by department, category and brand.

with

current_run as (

    select * from {{ source('ops', 'current_run') }}

),

recent_lines as (

    select
        order_lines.identifier_type,
        order_lines.identifier_value,
        products.department,
        products.category,
        products.brand,
        order_lines.net_amount
    from {{ ref('order_lines') }} as order_lines
    cross join current_run
    inner join {{ ref('dim_products') }} as products on order_lines.product_id = products.product_id
    where
        order_lines.order_date > current_run.business_date - 365
        and order_lines.order_date <= current_run.business_date

),

summed as (

    select
        identifier_type,
        identifier_value,
        department,
        category,
        brand,
        cast(sum(net_amount) as decimal(18, 2)) as net_amount,
        count(*) as line_count
    from recent_lines
    group by identifier_type, identifier_value, department, category, brand

),

final as (

    select
        {{ identifier_id('identifier_type', 'identifier_value') }} as identifier_id,
        department,
        category,
        brand,
        line_count,
        net_amount
    from summed

)

select * from final
