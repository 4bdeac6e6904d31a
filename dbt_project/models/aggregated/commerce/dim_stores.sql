-- No system exports stores, so they are derived from the orders.

select
    store_id_space,
    store_id,
    cast(sum(net_amount) as decimal(38, 4)) as net_amount,
    min(order_date) as first_order_date,
    max(order_date) as last_order_date,
    count(*) as order_count
from {{ ref('fct_orders') }}
group by store_id_space, store_id
