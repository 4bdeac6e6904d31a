{{ config(materialized='view') }}

-- The orders and the refunds of a day, with those of guests, whom no system knows.

with

orders as (

    select
        order_date as business_date,
        sum(net_amount) as gross_revenue,
        count(*) as order_count,
        sum(net_amount) filter (where identifier_id is null) as anonymous_revenue,
        count(*) filter (where identifier_id is null) as anonymous_order_count
    from {{ ref('fct_orders') }}
    group by order_date

),

refunds as (

    select
        refund_date as business_date,
        sum(refund_amount) as refund_amount
    from {{ ref('fct_refunds') }}
    group by refund_date

),

dated as (

    select business_date from orders
    union
    select business_date from refunds

),

final as (

    select
        dated.business_date,
        cast(coalesce(orders.gross_revenue, 0) as decimal(18, 4)) as gross_revenue,
        cast(coalesce(refunds.refund_amount, 0) as decimal(18, 4)) as refund_amount,
        cast(
            coalesce(orders.gross_revenue, 0) - coalesce(refunds.refund_amount, 0)
            as decimal(18, 4)
        ) as net_revenue,
        cast(coalesce(orders.anonymous_revenue, 0) as decimal(18, 4)) as anonymous_revenue,
        coalesce(orders.order_count, 0) as order_count,
        coalesce(orders.anonymous_order_count, 0) as anonymous_order_count
    from dated
    left join orders on dated.business_date = orders.business_date
    left join refunds on dated.business_date = refunds.business_date

)

select * from final
