{{ config(materialized='view') }}

-- One row per order with its contents, for the 91 days before a cut-off only.

with

bounds as (

    select
        min(cutoff) - 91 as first_date,
        max(cutoff) as end_date
    from {{ source('features', 'cutoffs') }}

),

lines as (

    select
        order_lines.source_system,
        order_lines.order_id,
        count(distinct products.department) as department_count,
        count(distinct products.category) as category_count,
        sum(order_lines.net_amount) filter (where products.brand = 'Private')
            as private_label_amount
    from {{ ref('fct_order_lines') }} as order_lines
    left join {{ ref('dim_products') }} as products
        on
            order_lines.product_id_space = products.product_id_space
            and order_lines.product_id = products.product_id
    where
        order_lines.order_date >= (select bounds.first_date from bounds)
        and order_lines.order_date < (select bounds.end_date from bounds)
    group by order_lines.source_system, order_lines.order_id

),

final as (

    select
        orders.source_system,
        orders.order_id,
        identifier_customers.customer_id,
        orders.store_id,
        orders.order_date,
        lines.department_count,
        lines.category_count,
        lines.private_label_amount
    from {{ ref('fct_orders') }} as orders
    inner join {{ ref('identifier_customers') }} as identifier_customers
        on orders.identifier_id = identifier_customers.identifier_id
    inner join lines
        on
            orders.source_system = lines.source_system
            and orders.order_id = lines.order_id

)

select * from final
