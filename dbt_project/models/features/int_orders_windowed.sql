{{ config(materialized='view') }}

-- Per cut-off and customer: what was in the orders of the last 13 weeks.

select
    cutoffs.cutoff,
    orders.customer_id,
    cast(sum(orders.department_count) as bigint) as departments_91d,
    cast(sum(orders.category_count) as bigint) as categories_91d,
    cast(coalesce(sum(orders.private_label_amount), 0) as decimal(18, 4)) as private_label_91d,
    count(*) as orders_91d,
    count(distinct orders.store_id) as stores_91d
from {{ source('features', 'cutoffs') }} as cutoffs
inner join {{ ref('int_orders_filled') }} as orders
    on
        cutoffs.cutoff > orders.order_date
        and cutoffs.cutoff - 91 <= orders.order_date
group by cutoffs.cutoff, orders.customer_id
