-- What a customer bought most in the last 365 days, by spend, and when, by orders. A tie goes to
-- the first in the alphabet.

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

choices as (

    {% for taste in ['department', 'category', 'brand'] %}
        select
            customer_id,
            '{{ taste }}' as taste,
            {{ taste }} as choice,
            sum(net_amount) as weight
        from spend
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

),

ranked as (

    select
        *,
        sum(weight) over (partition by customer_id, taste) as taste_weight,
        row_number()
            over (partition by customer_id, taste order by weight desc, choice asc)
            as standing
    from choices
    where choice is not null

),

final as (

    select
        customer_id,
        cast(
            max(weight / nullif(taste_weight, 0)) filter (where taste = 'brand') as decimal(6, 4)
        ) as favourite_brand_share,
        cast(max(choice) filter (where taste = 'hour') as integer) as favourite_hour,
        max(choice) filter (where taste = 'department') as favourite_department,
        max(choice) filter (where taste = 'category') as favourite_category,
        max(choice) filter (where taste = 'brand') as favourite_brand,
        max(choice) filter (where taste = 'weekday') as favourite_weekday
    from ranked
    where standing = 1
    group by customer_id

)

select * from final
