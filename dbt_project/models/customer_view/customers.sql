-- The single customer view: everything known about a customer at the end of the business day.

with

current_run as (

    select * from {{ source('ops', 'current_run') }}

),

final as (

    select
        ---------- who
        customers.customer_id,
        attributes.age_band,
        attributes.income_band,
        attributes.home_ownership,
        attributes.marital_status,
        attributes.household_size,
        attributes.household_composition,
        attributes.kids_count,

        ---------- orders
        orders.first_order_date,
        orders.last_order_date,
        orders.recency_days,
        orders.average_order_value,
        orders.recency_score,
        orders.frequency_score,
        orders.monetary_score,
        orders.discount_share_365d,

        ---------- tastes
        favourites.favourite_department,
        favourites.favourite_categories,
        favourites.favourite_brands,
        favourites.favourite_brand_share,
        favourites.favourite_weekday,
        favourites.favourite_hour,

        ---------- models
        scores.segment,
        scores.predicted_spend_90d,
        scores.churn_probability,

        ---------- when
        current_run.business_date as as_of,

        ---------- counts and amounts: 0 for customers without any
        coalesce(orders.order_count, 0) as order_count,
        coalesce(orders.net_amount, 0) as net_amount,
        {% for days in [7, 30, 90, 365] %}
            coalesce(orders.orders_{{ days }}d, 0) as orders_{{ days }}d,
            coalesce(orders.spend_{{ days }}d, 0) as spend_{{ days }}d,
        {% endfor %}
        coalesce(orders.orders_365d, 0) as frequency,
        coalesce(orders.spend_365d, 0) as monetary,
        coalesce(campaigns.campaigns_received, 0) as campaigns_received,
        coalesce(campaigns.campaigns_answered, 0) as campaigns_answered,
        coalesce(campaigns.coupons_redeemed, 0) as coupons_redeemed
    from {{ ref('identity_customers') }} as customers
    cross join current_run
    left join {{ ref('int_customer_attributes') }} as attributes
        on customers.customer_id = attributes.customer_id
    left join {{ ref('int_customer_orders_scored') }} as orders
        on customers.customer_id = orders.customer_id
    left join {{ ref('int_customer_favourites') }} as favourites
        on customers.customer_id = favourites.customer_id
    left join {{ ref('int_customer_campaigns') }} as campaigns
        on customers.customer_id = campaigns.customer_id
    left join {{ source('ml', 'customer_scores') }} as scores
        on customers.customer_id = scores.customer_id

)

select * from final
