-- The single customer view: everything known about a customer at the end of the business day.

with

current_run as (

    select * from {{ source('ops', 'current_run') }}

),

final as (

    select
        ---------- who
        customers.customer_id,
        attributes.country,
        attributes.region,
        attributes.city,
        attributes.birth_year,
        attributes.gender,
        attributes.language,
        attributes.joined_date,

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
        coalesce(refunds.refund_amount, 0) as refund_amount,
        cast(coalesce(orders.net_amount, 0) - coalesce(refunds.refund_amount, 0) as decimal(18, 4))
            as net_amount_after_refunds,
        {% for days in [7, 30, 90, 365] %}
            coalesce(orders.orders_{{ days }}d, 0) as orders_{{ days }}d,
            coalesce(orders.spend_{{ days }}d, 0) as spend_{{ days }}d,
        {% endfor %}
        coalesce(orders.order_count, 0) as frequency,
        coalesce(orders.net_amount, 0) as monetary,
        coalesce(campaigns.campaigns_received, 0) as campaigns_received,
        coalesce(campaigns.campaigns_answered, 0) as campaigns_answered,
        coalesce(campaigns.campaign_response_count, 0) as campaign_response_count
    from {{ ref('identity_customers') }} as customers
    cross join current_run
    left join {{ ref('int_customer_attributes') }} as attributes
        on customers.customer_id = attributes.customer_id
    left join {{ ref('int_customer_orders_scored') }} as orders
        on customers.customer_id = orders.customer_id
    left join {{ ref('int_customer_refunds') }} as refunds
        on customers.customer_id = refunds.customer_id
    left join {{ ref('int_customer_favourites') }} as favourites
        on customers.customer_id = favourites.customer_id
    left join {{ ref('int_customer_campaigns') }} as campaigns
        on customers.customer_id = campaigns.customer_id
    left join {{ source('ml', 'customer_scores') }} as scores
        on customers.customer_id = scores.customer_id

)

select * from final
