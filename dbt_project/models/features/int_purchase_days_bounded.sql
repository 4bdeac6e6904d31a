-- One row per customer and business day with an order, as far back as a feature looks.

with

bounds as (

    select
        min(cutoff) - 365 as first_date,
        max(cutoff) as end_date
    from {{ source('features', 'cutoffs') }}

),

final as (

    select
        identifier_customers.customer_id,
        identifier_days.activity_date,
        cast(sum(identifier_days.order_count) as bigint) as order_count,
        cast(sum(identifier_days.line_count) as bigint) as line_count,
        cast(sum(identifier_days.net_amount) as decimal(18, 4)) as net_amount,
        cast(sum(identifier_days.gross_amount) as decimal(18, 4)) as gross_amount,
        cast(sum(identifier_days.discount_amount) as decimal(18, 4)) as discount_amount,
        cast(sum(identifier_days.coupon_amount) as decimal(18, 4)) as coupon_amount
    from {{ ref('fct_identifier_days') }} as identifier_days
    inner join {{ ref('identifier_customers') }} as identifier_customers
        on identifier_days.identifier_id = identifier_customers.identifier_id
    where
        identifier_days.order_count > 0
        and identifier_days.activity_date >= (select bounds.first_date from bounds)
        and identifier_days.activity_date < (select bounds.end_date from bounds)
    group by identifier_customers.customer_id, identifier_days.activity_date

)

select * from final
