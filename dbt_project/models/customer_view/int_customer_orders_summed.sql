-- A customer's orders, all time and in the last 7, 30, 90 and 365 days up to tonight.

with

dated as (

    select
        customer_days.*,
        {{ days_between('customer_days.activity_date', 'current_run.business_date') }} as days_ago
    from {{ ref('int_customer_days') }} as customer_days
    cross join {{ source('ops', 'current_run') }} as current_run
    where customer_days.activity_date <= current_run.business_date

),

final as (

    select
        customer_id,
        min(activity_date) as first_order_date,
        max(activity_date) as last_order_date,
        cast(sum(order_count) as bigint) as order_count,
        cast(sum(net_amount) as decimal(18, 4)) as net_amount,
        {% for days in [7, 30, 90, 365] %}
            {{ sum_where('order_count', 'days_ago < ' ~ days, 'bigint') }} as orders_{{ days }}d,
            {{ sum_where('net_amount', 'days_ago < ' ~ days, 'decimal(18, 4)') }}
                as spend_{{ days }}d,
        {% endfor %}
        {{ share_of(
            'sum(discount_amount + coupon_amount) filter (where days_ago < 365)',
            'sum(gross_amount) filter (where days_ago < 365)',
        ) }} as discount_share_365d
    from dated
    group by customer_id

)

select * from final
