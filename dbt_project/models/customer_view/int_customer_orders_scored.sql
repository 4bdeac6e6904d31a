-- Recency, frequency and monetary value of each customer with orders, and each as a score from 1
-- to 5.

with

orders as (

    select
        summed.*,
        {{ amount_per('summed.net_amount', 'summed.order_count') }} as average_order_value,
        {{ days_between('summed.last_order_date', 'current_run.business_date') }} as recency_days
    from {{ ref('int_customer_orders_summed') }} as summed
    cross join {{ source('ops', 'current_run') }} as current_run

),

final as (

    select
        *,
        {{ score_1_to_5('recency_days', 'desc') }} as recency_score,
        {{ score_1_to_5('order_count', 'asc') }} as frequency_score,
        {{ score_1_to_5('net_amount', 'asc') }} as monetary_score
    from orders

)

select * from final
