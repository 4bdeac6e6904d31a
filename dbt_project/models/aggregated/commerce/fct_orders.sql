{{ config(
    materialized='incremental',
    incremental_strategy='restated_days',
    unique_key='order_date',
) }}

with

restated_days as (

    select * from {{ ref('int_days_restated') }}

),

order_lines as (

    select * from {{ ref('order_lines') }}
    {% if is_incremental() %}
        where order_date in (select restated_days.restated_date from restated_days)
    {% endif %}

),

orders as (

    select
        source_system,
        order_id,
        min(identifier_type) as identifier_type,
        min(identifier_value) as identifier_value,
        min(store_id) as store_id,
        min(store_id_space) as store_id_space,
        min(ordered_at) as ordered_at_utc,
        min(order_date) as order_date,
        count(*) as line_count,
        coalesce(sum(unit_quantity), 0) as unit_count,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(coupon_amount) as coupon_amount,
        sum(net_amount) as net_amount
    from order_lines
    group by source_system, order_id

),

final as (

    select
        ---------- ids
        orders.source_system,
        orders.order_id,
        identifiers.identifier_id,
        orders.store_id,
        {{ id_space('orders.store_id_space') }} as store_id_space,

        ---------- numbers
        orders.line_count,
        cast(orders.unit_count as bigint) as unit_count,
        cast(orders.gross_amount as decimal(18, 4)) as gross_amount,
        cast(orders.discount_amount as decimal(18, 4)) as discount_amount,
        cast(orders.coupon_amount as decimal(18, 4)) as coupon_amount,
        cast(orders.net_amount as decimal(18, 4)) as net_amount,

        ---------- times
        orders.ordered_at_utc,
        orders.order_date,
        cast(
            hour({{ local_time('orders.ordered_at_utc', 'current_run.timezone') }}) as integer
        ) as order_hour,
        {{ weekday_name('orders.order_date') }} as order_weekday
    from orders
    left join {{ ref('identifiers') }} as identifiers
        on
            orders.identifier_type = identifiers.identifier_type
            and orders.identifier_value = identifiers.identifier_value
    cross join {{ source('ops', 'current_run') }} as current_run

)

select * from final
