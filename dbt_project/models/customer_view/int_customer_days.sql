{{ config(materialized='view') }}

-- The orders of a customer on a day: its identifiers' rollups, summed through tonight's identity map.

select
    identifier_customers.customer_id,
    days.activity_date,
    cast(sum(days.order_count) as bigint) as order_count,
    cast(sum(days.gross_amount) as decimal(18, 2)) as gross_amount,
    cast(sum(days.discount_amount) as decimal(18, 2)) as discount_amount,
    cast(sum(days.coupon_amount) as decimal(18, 2)) as coupon_amount,
    cast(sum(days.net_amount) as decimal(18, 2)) as net_amount
from {{ ref('fct_identifier_days') }} as days
inner join {{ ref('identifier_customers') }} as identifier_customers
    on days.identifier_id = identifier_customers.identifier_id
group by identifier_customers.customer_id, days.activity_date
