-- The single customer view: all that is known of a customer at the end of the business day.

with

current_run as (

    select * from {{ source('ops', 'current_run') }}

),

composed as (

    select
        customers.customer_id,
        attributes.* exclude (customer_id),
        orders.* exclude (customer_id),
        favourites.* exclude (customer_id),
        campaigns.* exclude (customer_id),
        scores.segment,
        scores.predicted_spend_90d,
        scores.churn_probability,
        current_run.business_date as as_of,
        date_diff('day', orders.last_order_date, current_run.business_date) as recency_days
    from {{ ref('identity_customers') }} as customers
    cross join current_run
    left join {{ ref('int_customer_attributes') }} as attributes
        on customers.customer_id = attributes.customer_id
    left join {{ ref('int_customer_orders_summed') }} as orders
        on customers.customer_id = orders.customer_id
    left join {{ ref('int_customer_favourites') }} as favourites
        on customers.customer_id = favourites.customer_id
    left join {{ ref('int_customer_campaigns') }} as campaigns
        on customers.customer_id = campaigns.customer_id
    left join {{ source('ml', 'customer_scores') }} as scores
        on customers.customer_id = scores.customer_id

),

final as (

    select
        ---------- who
        customer_id,
        age_band,
        income_band,
        home_ownership,
        marital_status,
        household_size,
        household_composition,
        kids_count,

        ---------- orders
        first_order_date,
        last_order_date,
        coalesce(order_count, 0) as order_count,
        coalesce(net_amount, 0) as net_amount,
        cast(net_amount / nullif(order_count, 0) as decimal(18, 2)) as average_order_value,
        {% for days in [7, 30, 90, 365] %}
            coalesce(orders_{{ days }}d, 0) as orders_{{ days }}d,
            coalesce(spend_{{ days }}d, 0) as spend_{{ days }}d,
        {% endfor %}

        ---------- recency, frequency, monetary
        recency_days,
        coalesce(orders_365d, 0) as frequency,
        coalesce(spend_365d, 0) as monetary,
        {{ score_1_to_5('recency_days', 'desc', 'order_count is not null') }} as recency_score,
        {{ score_1_to_5('orders_365d', 'asc', 'order_count is not null') }} as frequency_score,
        {{ score_1_to_5('spend_365d', 'asc', 'order_count is not null') }} as monetary_score,

        ---------- tastes
        favourite_department,
        favourite_category,
        favourite_brand,
        favourite_brand_share,
        favourite_weekday,
        favourite_hour,
        discount_share_365d,

        ---------- campaigns
        coalesce(campaigns_received, 0) as campaigns_received,
        coalesce(campaigns_answered, 0) as campaigns_answered,
        coalesce(coupons_redeemed, 0) as coupons_redeemed,

        ---------- models
        segment,
        predicted_spend_90d,
        churn_probability,

        ---------- when
        as_of
    from composed

)

select * from final
