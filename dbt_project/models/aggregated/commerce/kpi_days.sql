{{ config(
    materialized='incremental',
    incremental_strategy='restated_since',
    unique_key='business_date',
) }}

-- A late order changes who is new on later days and who was active in later windows, so every
-- day from the first restated one on is recomputed.

with

restated_days as (

    select * from {{ ref('int_days_restated') }}

),

current_run as (

    select * from {{ source('ops', 'current_run') }}

),

customer_days as (

    select
        *,
        min(activity_date) over (partition by customer_id) as first_order_date
    from {{ ref('int_customer_days') }}

),

sales_days as (

    select * from {{ ref('int_sales_days') }}

),

first_day as (

    select min(business_date) as first_date from sales_days

),

bounds as (

    select
        {{ first_restated_date('business_date', 'first_day.first_date') }} as first_date,
        current_run.business_date as last_date
    from first_day
    cross join current_run

),

spine as (

    {{ spine_of_days('bounds', 'first_date', 'last_date') }}

),

customers_of_the_day as (

    select
        activity_date as business_date,
        count(*) as customer_count,
        count(*) filter (where first_order_date = activity_date) as new_customer_count
    from customer_days
    group by activity_date

),

customers_of_90_days as (

    select
        spine.day as business_date,
        cast(sum(changes.active_30d) as bigint) as active_customer_count_30d,
        cast(sum(changes.active_90d) as bigint) as active_customer_count_90d,
        cast(sum(changes.repeating) as bigint) as repeat_customer_count_90d
    from spine
    inner join {{ ref('int_activity_changes') }} as changes
        on spine.day >= changes.change_date
    group by spine.day

),

final as (

    select
        spine.day as business_date,
        coalesce(sales.gross_revenue, 0) as gross_revenue,
        coalesce(sales.refund_amount, 0) as refund_amount,
        coalesce(sales.net_revenue, 0) as net_revenue,
        coalesce(sales.anonymous_revenue, 0) as anonymous_revenue,
        coalesce(sales.order_count, 0) as order_count,
        coalesce(sales.anonymous_order_count, 0) as anonymous_order_count,
        {{ amount_per('sales.gross_revenue', 'sales.order_count') }} as average_order_value,
        coalesce(customers.customer_count, 0) as customer_count,
        coalesce(customers.new_customer_count, 0) as new_customer_count,
        coalesce(customers.customer_count - customers.new_customer_count, 0)
            as returning_customer_count,
        coalesce(recent.active_customer_count_30d, 0) as active_customer_count_30d,
        coalesce(recent.active_customer_count_90d, 0) as active_customer_count_90d,
        {{ ratio_of('recent.repeat_customer_count_90d', 'recent.active_customer_count_90d') }}
            as repurchase_rate_90d
    from spine
    left join sales_days as sales on spine.day = sales.business_date
    left join customers_of_the_day as customers on spine.day = customers.business_date
    left join customers_of_90_days as recent on spine.day = recent.business_date
    -- a correction may have emptied the company's first day
    where spine.day >= (select first_day.first_date from first_day)

)

select * from final
