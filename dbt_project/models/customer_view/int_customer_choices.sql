{{ config(materialized='view') }}

-- The weight of a customer's choices in the last 365 days: products by spend, times by orders.

with

current_run as (

    select * from {{ source('ops', 'current_run') }}

),

recent_orders as (

    select orders.*
    from {{ ref('fct_orders') }} as orders
    cross join current_run
    where orders.order_date between current_run.business_date - 364 and current_run.business_date

),

-- separate from the filter: beside it DuckDB would look up the time zone for every row
local_orders as (

    select
        recent_orders.identifier_id,
        {{ local_time('recent_orders.ordered_at', 'current_run.timezone') }} as ordered_at_local
    from recent_orders
    cross join current_run

),

orders as (

    select
        identifier_customers.customer_id,
        local_orders.ordered_at_local
    from local_orders
    inner join {{ ref('identifier_customers') }} as identifier_customers
        on local_orders.identifier_id = identifier_customers.identifier_id

),

spend as (

    select
        identifier_customers.customer_id,
        tastes.department,
        tastes.category,
        tastes.brand,
        tastes.net_amount
    from {{ ref('identifier_tastes') }} as tastes
    inner join {{ ref('identifier_customers') }} as identifier_customers
        on tastes.identifier_id = identifier_customers.identifier_id

),

final as (

    {% for rows, taste, choice, weight in [
        ('spend', 'department', 'department', 'sum(net_amount)'),
        ('spend', 'category', 'category', 'sum(net_amount)'),
        ('spend', 'brand', 'brand', 'sum(net_amount)'),
        ('orders', 'weekday', weekday_name('ordered_at_local'), 'count(*)'),
        ('orders', 'hour', "lpad(cast(hour(ordered_at_local) as string), 2, '0')", 'count(*)'),
    ] %}
        select
            customer_id,
            '{{ taste }}' as taste,
            {{ choice }} as choice,
            cast({{ weight }} as decimal(18, 4)) as weight
        from {{ rows }}
        where {{ choice }} is not null
        group by customer_id, {{ choice }}
        {{ 'union all' if not loop.last }}
    {% endfor %}

)

select * from final
