-- What was known about each customer at each cut-off; all inputs are from before it.

select
    known.cutoff,
    known.customer_id,
    known.tenure_days,
    known.recency_days,

    {% for measure in ['orders', 'spend'] %}
        {% for days in [7, 14, 28, 30, 90, 91, 180, 365] %}
            {% set column = measure ~ '_' ~ days ~ 'd' %}
            coalesce(purchases.{{ column }}, 0) as {{ column }},
        {% endfor %}
    {% endfor %}
    cast(coalesce(purchases.purchase_days_91d, 0) as double) as purchase_days_91d,
    cast(coalesce(purchases.active_weeks_91d, 0) as double) as active_weeks_91d,
    coalesce(purchases.largest_day_91d, 0) as largest_day_91d,
    coalesce(rhythms.median_week_spend, 0) as median_week_spend,
    coalesce(rhythms.best_week_spend, 0) as best_week_spend,

    cast(coalesce(rhythms.gap_count, 0) as double) as gap_count,
    rhythms.gap_mean,
    rhythms.gap_median,
    rhythms.gap_usual_longest,
    rhythms.gap_longest,
    rhythms.gap_last,
    -- 0 without a rhythm: greatest ignores nulls
    sqrt(greatest(rhythms.gap_square_mean - power(rhythms.gap_mean, 2), 0))
        as gap_deviation,

    {{ ratio_of('purchases.weekend_days_91d', 'purchases.purchase_days_91d') }}
        as weekend_share_91d,
    {{ ratio_of('purchases.discount_91d', 'purchases.gross_91d') }} as discount_share_91d,
    {{ ratio_of('purchases.coupon_91d', 'purchases.gross_91d') }} as coupon_share_91d,
    {{ ratio_of('purchases.lines_91d', 'purchases.orders_91d') }} as lines_per_order_91d,
    cast(coalesce(orders.stores_91d, 0) as double) as stores_91d,
    {{ ratio_of('orders.departments_91d', 'orders.orders_91d') }}
        as departments_per_order_91d,
    {{ ratio_of('orders.categories_91d', 'orders.orders_91d') }} as categories_per_order_91d,
    {{ ratio_of('orders.private_label_91d', 'purchases.spend_91d') }}
        as private_label_share_91d,

    coalesce(touches.messages_91d, 0) as messages_91d,
    coalesce(touches.messages_365d, 0) as messages_365d,
    coalesce(touches.responses_91d, 0) as responses_91d,
    coalesce(touches.responses_365d, 0) as responses_365d
from {{ ref('int_customers_known') }} as known
left join {{ ref('int_purchases_windowed') }} as purchases
    on
        known.cutoff = purchases.cutoff
        and known.customer_id = purchases.customer_id
left join {{ ref('int_rhythms_measured') }} as rhythms
    on
        known.cutoff = rhythms.cutoff
        and known.customer_id = rhythms.customer_id
left join {{ ref('int_orders_windowed') }} as orders
    on
        known.cutoff = orders.cutoff
        and known.customer_id = orders.customer_id
left join {{ ref('int_touches_windowed') }} as touches
    on
        known.cutoff = touches.cutoff
        and known.customer_id = touches.customer_id
