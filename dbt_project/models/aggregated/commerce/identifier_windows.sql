-- What an identifier did in the last 7, 30, 90 and 365 days up to tonight. An identifier without
-- orders in a window has no row for it.

with

current_run as (

    select * from {{ source('ops', 'current_run') }}

),

windows as (

    select given.window_days
    from (values (7), (30), (90), (365)) as given (window_days)

),

final as (

    select
        identifier_days.identifier_id,
        windows.window_days,
        cast(sum(identifier_days.order_count) as bigint) as order_count,
        cast(sum(identifier_days.line_count) as bigint) as line_count,
        cast(sum(identifier_days.unit_count) as bigint) as unit_count,
        cast(sum(identifier_days.gross_amount) as decimal(18, 4)) as gross_amount,
        cast(sum(identifier_days.discount_amount) as decimal(18, 4)) as discount_amount,
        cast(sum(identifier_days.coupon_amount) as decimal(18, 4)) as coupon_amount,
        cast(sum(identifier_days.net_amount) as decimal(18, 4)) as net_amount,
        count(*) as active_day_count
    from {{ ref('fct_identifier_days') }} as identifier_days
    cross join current_run
    inner join windows
        on identifier_days.activity_date > current_run.business_date - windows.window_days
    where identifier_days.activity_date <= current_run.business_date
    group by identifier_days.identifier_id, windows.window_days

)

select * from final
