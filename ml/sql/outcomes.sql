-- One row per cut-off and customer with an earlier order: what the horizon then brought.
-- The horizon's days lie on and after the cut-off, so no feature has seen them.
create or replace temp table outcomes as
with ahead as (
    select
        cutoffs.cutoff,
        customer_days.customer_id,
        sum(customer_days.net_amount) as spend,
        min(customer_days.activity_date - cutoffs.cutoff) as days_until_order
    from cutoffs
    inner join customer_days
        on
            cutoffs.cutoff <= customer_days.activity_date
            and cutoffs.cutoff + cutoffs.horizon_days
            > customer_days.activity_date
    group by
        cutoffs.cutoff,
        customer_days.customer_id
)

select
    features.cutoff,
    features.customer_id,
    coalesce(ahead.spend, 0)::double as spend,
    -- null: no order within the horizon
    ahead.days_until_order::double as days_until_order
from features
inner join cutoffs
    on features.cutoff = cutoffs.cutoff
left join ahead
    on
        features.cutoff = ahead.cutoff
        and features.customer_id = ahead.customer_id
where cutoffs.is_judged;
