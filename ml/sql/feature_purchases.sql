-- Per cut-off and customer: orders and spend in windows of days before the cut-off.
create or replace temp table feature_purchases as
with aged as (
    select
        cutoffs.cutoff,
        customer_days.*,
        cutoffs.cutoff - customer_days.activity_date as age,
        (cutoffs.cutoff - customer_days.activity_date - 1) // 7 as weeks_ago
    from cutoffs
    inner join customer_days
        on
            cutoffs.cutoff > customer_days.activity_date
            and cutoffs.cutoff - 365 <= customer_days.activity_date
)

select
    cutoff,
    customer_id,
    coalesce(sum(order_count) filter (where age <= 7), 0) as orders_7d,
    coalesce(sum(order_count) filter (where age <= 14), 0) as orders_14d,
    coalesce(sum(order_count) filter (where age <= 28), 0) as orders_28d,
    coalesce(sum(order_count) filter (where age <= 30), 0) as orders_30d,
    coalesce(sum(order_count) filter (where age <= 90), 0) as orders_90d,
    coalesce(sum(order_count) filter (where age <= 91), 0) as orders_91d,
    coalesce(sum(order_count) filter (where age <= 180), 0) as orders_180d,
    sum(order_count) as orders_365d,
    coalesce(sum(net_amount) filter (where age <= 7), 0) as spend_7d,
    coalesce(sum(net_amount) filter (where age <= 14), 0) as spend_14d,
    coalesce(sum(net_amount) filter (where age <= 28), 0) as spend_28d,
    coalesce(sum(net_amount) filter (where age <= 30), 0) as spend_30d,
    coalesce(sum(net_amount) filter (where age <= 90), 0) as spend_90d,
    coalesce(sum(net_amount) filter (where age <= 91), 0) as spend_91d,
    coalesce(sum(net_amount) filter (where age <= 180), 0) as spend_180d,
    sum(net_amount) as spend_365d,
    count(*) filter (where age <= 91) as purchase_days_91d,
    count(distinct weeks_ago) filter (where age <= 91) as active_weeks_91d,
    count(*) filter (
        where age <= 91 and isodow(activity_date) >= 6
    ) as weekend_days_91d,
    coalesce(max(net_amount) filter (where age <= 91), 0) as largest_day_91d,
    coalesce(sum(line_count) filter (where age <= 91), 0) as lines_91d,
    coalesce(sum(gross_amount) filter (where age <= 91), 0) as gross_91d,
    coalesce(sum(discount_amount) filter (where age <= 91), 0) as discount_91d,
    coalesce(sum(coupon_amount) filter (where age <= 91), 0) as coupon_91d
from aged
group by
    cutoff,
    customer_id;
