{{ config(
    materialized='incremental',
    incremental_strategy='restated_days',
    unique_key='activity_date',
) }}

with

restated_days as (

    select * from {{ ref('int_days_restated') }}

),

orders as (

    select * from {{ ref('fct_orders') }}
    where
        identifier_id is not null
        {% if is_incremental() %}
            and order_date in (select restated_days.restated_date from restated_days)
        {% endif %}

),

final as (

    select
        identifier_id,
        order_date as activity_date,
        cast(sum(line_count) as bigint) as line_count,
        cast(sum(unit_count) as bigint) as unit_count,
        cast(sum(gross_amount) as decimal(18, 4)) as gross_amount,
        cast(sum(discount_amount) as decimal(18, 4)) as discount_amount,
        cast(sum(coupon_amount) as decimal(18, 4)) as coupon_amount,
        cast(sum(net_amount) as decimal(18, 4)) as net_amount,
        count(*) as order_count
    from orders
    group by identifier_id, order_date

)

select * from final
