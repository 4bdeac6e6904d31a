{{ config(materialized='view') }}

-- The orders of a customer on a day: its identifiers' rollups, summed through tonight's identity
-- map.

select
    identifier_customers.customer_id,
    identifier_days.activity_date,
    cast(sum(identifier_days.order_count) as bigint) as order_count,
    cast(sum(identifier_days.gross_amount) as decimal(18, 4)) as gross_amount,
    cast(sum(identifier_days.discount_amount) as decimal(18, 4)) as discount_amount,
    cast(sum(identifier_days.coupon_amount) as decimal(18, 4)) as coupon_amount,
    cast(sum(identifier_days.net_amount) as decimal(18, 4)) as net_amount
from {{ ref('fct_identifier_days') }} as identifier_days
inner join {{ ref('identifier_customers') }} as identifier_customers
    on identifier_days.identifier_id = identifier_customers.identifier_id
group by identifier_customers.customer_id, identifier_days.activity_date
