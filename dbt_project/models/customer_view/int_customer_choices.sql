{{ config(materialized='view') }}

-- The weight of a customer's choices in the last 365 days: products by spend, times by orders.

with

current_run as (

    select * from {{ source('ops', 'current_run') }}

),

orders as (

    select
        identifier_customers.customer_id,
        orders.order_weekday,
        orders.order_hour
    from {{ ref('fct_orders') }} as orders
    cross join current_run
    inner join {{ ref('identifier_customers') }} as identifier_customers
        on orders.identifier_id = identifier_customers.identifier_id
    where orders.order_date between current_run.business_date - 364 and current_run.business_date

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
        ('orders', 'weekday', 'order_weekday', 'count(*)'),
        ('orders', 'hour', "lpad(cast(order_hour as string), 2, '0')", 'count(*)'),
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
