-- One row per cut-off and customer with an earlier order; every input lies before the cut-off.
create or replace temp table features as
with known as (
    select
        cutoffs.cutoff,
        identifier_customers.customer_id,
        cutoffs.cutoff - min(identifier_days.activity_date) as tenure_days,
        cutoffs.cutoff - max(identifier_days.activity_date) as recency_days
    from aggregated.fct_identifier_days as identifier_days
    inner join identity.identifier_customers as identifier_customers
        on identifier_days.identifier_id = identifier_customers.identifier_id
    inner join cutoffs
        on identifier_days.activity_date < cutoffs.cutoff
    where identifier_days.order_count > 0
    group by
        cutoffs.cutoff,
        identifier_customers.customer_id
)

select
    known.cutoff,
    known.customer_id,
    known.tenure_days,
    known.recency_days,
    coalesce(purchases.orders_7d, 0)::double as orders_7d,
    coalesce(purchases.orders_14d, 0)::double as orders_14d,
    coalesce(purchases.orders_28d, 0)::double as orders_28d,
    coalesce(purchases.orders_30d, 0)::double as orders_30d,
    coalesce(purchases.orders_90d, 0)::double as orders_90d,
    coalesce(purchases.orders_91d, 0)::double as orders_91d,
    coalesce(purchases.orders_180d, 0)::double as orders_180d,
    coalesce(purchases.orders_365d, 0)::double as orders_365d,
    coalesce(purchases.spend_7d, 0)::double as spend_7d,
    coalesce(purchases.spend_14d, 0)::double as spend_14d,
    coalesce(purchases.spend_28d, 0)::double as spend_28d,
    coalesce(purchases.spend_30d, 0)::double as spend_30d,
    coalesce(purchases.spend_90d, 0)::double as spend_90d,
    coalesce(purchases.spend_91d, 0)::double as spend_91d,
    coalesce(purchases.spend_180d, 0)::double as spend_180d,
    coalesce(purchases.spend_365d, 0)::double as spend_365d,
    coalesce(purchases.purchase_days_91d, 0)::double as purchase_days_91d,
    coalesce(purchases.active_weeks_91d, 0)::double as active_weeks_91d,
    coalesce(purchases.largest_day_91d, 0)::double as largest_day_91d,
    coalesce(rhythms.median_week_spend, 0)::double as median_week_spend,
    coalesce(rhythms.best_week_spend, 0)::double as best_week_spend,
    coalesce(rhythms.gap_count, 0)::double as gap_count,
    rhythms.gap_sum / rhythms.gap_count::double as gap_mean,
    rhythms.gap_median::double as gap_median,
    rhythms.gap_usual_longest::double as gap_usual_longest,
    rhythms.gap_longest::double as gap_longest,
    rhythms.gap_last::double as gap_last,
    sqrt(greatest(
        rhythms.gap_square_sum / rhythms.gap_count::double
        - (rhythms.gap_sum / rhythms.gap_count::double) ** 2,
        0
    )) as gap_deviation,
    purchases.weekend_days_91d
    / nullif(purchases.purchase_days_91d, 0)::double
        as weekend_share_91d,
    purchases.discount_91d::double
    / nullif(purchases.gross_91d, 0)::double
        as discount_share_91d,
    purchases.coupon_91d::double
    / nullif(purchases.gross_91d, 0)::double
        as coupon_share_91d,
    purchases.lines_91d
    / nullif(purchases.orders_91d, 0)::double
        as lines_per_order_91d,
    coalesce(baskets.stores_91d, 0)::double as stores_91d,
    baskets.departments_91d
    / baskets.baskets_91d::double
        as departments_per_order_91d,
    baskets.categories_91d
    / baskets.baskets_91d::double
        as categories_per_order_91d,
    baskets.private_label_91d::double
    / nullif(purchases.spend_91d, 0)::double
        as private_label_share_91d,
    coalesce(touches.messages_91d, 0)::double as messages_91d,
    coalesce(touches.messages_365d, 0)::double as messages_365d,
    coalesce(touches.responses_91d, 0)::double as responses_91d,
    coalesce(touches.responses_365d, 0)::double as responses_365d
from known
left join feature_purchases as purchases
    on
        known.cutoff = purchases.cutoff
        and known.customer_id = purchases.customer_id
left join feature_rhythms as rhythms
    on
        known.cutoff = rhythms.cutoff
        and known.customer_id = rhythms.customer_id
left join feature_baskets as baskets
    on
        known.cutoff = baskets.cutoff
        and known.customer_id = baskets.customer_id
left join feature_touches as touches
    on
        known.cutoff = touches.cutoff
        and known.customer_id = touches.customer_id;
