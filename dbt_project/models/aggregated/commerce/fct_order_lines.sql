{{ config(materialized='view') }}

select
    source_system,
    order_id,
    order_line_id,
    product_id,
    {{ id_space('product_id_space') }} as product_id_space,
    order_date,
    quantity,
    unit_quantity,
    gross_amount,
    discount_amount,
    coupon_amount,
    net_amount
from {{ ref('order_lines') }}
