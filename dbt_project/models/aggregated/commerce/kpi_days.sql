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

bounds as (

    select
        {{ first_restated_date('business_date', 'min(customer_days.activity_date)') }}
            as first_date,
        max(current_run.business_date) as last_date
    from customer_days
    cross join current_run

),

spine as (

    {{ spine_of_days('bounds', 'first_date', 'last_date') }}

),

of_the_day as (

    select
        activity_date as business_date,
        sum(net_amount) as revenue,
        sum(order_count) as order_count,
        count(*) as customer_count,
        count(*) filter (where first_order_date = activity_date) as new_customer_count
    from customer_days
    group by activity_date

),

of_the_last_90_days as (

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
        cast(coalesce(of_the_day.revenue, 0) as decimal(18, 2)) as revenue,
        cast(coalesce(of_the_day.order_count, 0) as bigint) as order_count,
        {{ amount_per('of_the_day.revenue', 'of_the_day.order_count') }} as average_order_value,
        coalesce(of_the_day.customer_count, 0) as customer_count,
        coalesce(of_the_day.new_customer_count, 0) as new_customer_count,
        coalesce(of_the_day.customer_count - of_the_day.new_customer_count, 0)
            as returning_customer_count,
        coalesce(of_the_last_90_days.active_customer_count_30d, 0) as active_customer_count_30d,
        coalesce(of_the_last_90_days.active_customer_count_90d, 0) as active_customer_count_90d,
        {{ ratio_of(
            'of_the_last_90_days.repeat_customer_count_90d',
            'of_the_last_90_days.active_customer_count_90d',
        ) }} as repurchase_rate_90d
    from spine
    left join of_the_day on spine.day = of_the_day.business_date
    left join of_the_last_90_days on spine.day = of_the_last_90_days.business_date
    -- a correction may have emptied the company's first day
    where spine.day >= (select min(customer_days.activity_date) from customer_days)

)

select * from final
