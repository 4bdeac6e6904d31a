{{ config(materialized='view') }}

-- How the numbers of active and of repeating customers change on each day. A day with orders keeps
-- a customer active for 30 and for 90 days, and repeating while another order is within 90 days, or
-- until the customer's next such day takes over. Counting where these spells begin and end takes a
-- row per customer and day; counting who is active on each of 90 days would take 90.

with

customer_days as (

    select
        *,
        lag(activity_date) over customer as previous_date,
        lead(activity_date) over customer as next_date
    from {{ ref('int_customer_days') }}
    window customer as (partition by customer_id order by activity_date nulls last)

),

spells as (

    select
        activity_date as begins,
        least(activity_date + 30, next_date) as ends_30d,
        least(activity_date + 90, next_date) as ends_90d,
        case
            when order_count > 1 then least(activity_date + 90, next_date)
            when previous_date + 90 > activity_date then least(previous_date + 90, next_date)
        end as ends_repeating
    from customer_days

),

changes as (

    {% for change_date, active_30d, active_90d, repeating in [
        ('begins', 1, 1, 'cast(ends_repeating is not null as integer)'),
        ('ends_30d', -1, 0, 0),
        ('ends_90d', 0, -1, 0),
        ('ends_repeating', 0, 0, -1),
    ] %}
        select
            {{ change_date }} as change_date,
            {{ active_30d }} as active_30d,
            {{ active_90d }} as active_90d,
            {{ repeating }} as repeating
        from spells
        where {{ change_date }} is not null
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

final as (

    select
        change_date,
        cast(sum(active_30d) as bigint) as active_30d,
        cast(sum(active_90d) as bigint) as active_90d,
        cast(sum(repeating) as bigint) as repeating
    from changes
    group by change_date

)

select * from final
