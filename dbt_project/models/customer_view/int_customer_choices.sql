-- How much each choice of a customer in the last 365 days weighs: products by spend, weekdays and
-- hours by orders.

with

current_run as (

    select * from {{ source('ops', 'current_run') }}

),

orders as (

    select
        identifier_customers.customer_id,
        timezone(current_run.timezone, timezone('UTC', orders.ordered_at)) as ordered_at_local
    from {{ ref('fct_orders') }} as orders
    cross join current_run
    inner join {{ ref('identifier_customers') }} as identifier_customers
        on orders.identifier_id = identifier_customers.identifier_id
    where
        orders.order_date > current_run.business_date - 365
        and orders.order_date <= current_run.business_date

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

    {% for taste in ['department', 'category', 'brand'] %}
        select
            customer_id,
            '{{ taste }}' as taste,
            {{ taste }} as choice,
            sum(net_amount) as weight
        from spend
        where {{ taste }} is not null
        group by customer_id, {{ taste }}
        union all
    {% endfor %}
    select
        customer_id,
        'weekday' as taste,
        dayname(ordered_at_local) as choice,
        count(*) as weight
    from orders
    group by customer_id, choice
    union all
    select
        customer_id,
        'hour' as taste,
        lpad(cast(hour(ordered_at_local) as varchar), 2, '0') as choice,
        count(*) as weight
    from orders
    group by customer_id, choice

)

select * from final
