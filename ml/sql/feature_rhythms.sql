-- Per cut-off and customer: the days between purchases, and spend week by week.
create or replace temp table feature_rhythms as
with steps as (
    select
        customer_id,
        activity_date,
        lag(activity_date) over (
            partition by customer_id
            order by activity_date
        ) as earlier_date
    from customer_days
),

gaps as (
    select
        *,
        activity_date - earlier_date as gap
    from steps
    where earlier_date is not null
),

gap_features as (
    select
        cutoffs.cutoff,
        gaps.customer_id,
        count(*) as gap_count,
        -- sums of whole numbers are exact in whatever order the threads add them
        sum(gaps.gap) as gap_sum,
        sum(gaps.gap * gaps.gap) as gap_square_sum,
        quantile_disc(gaps.gap, 0.5) as gap_median,
        quantile_disc(gaps.gap, 0.9) as gap_usual_longest,
        max(gaps.gap) as gap_longest,
        arg_max(gaps.gap, gaps.activity_date) as gap_last
    from cutoffs
    inner join gaps
        on
            cutoffs.cutoff > gaps.activity_date
            and cutoffs.cutoff - 365 <= gaps.earlier_date
    group by
        cutoffs.cutoff,
        gaps.customer_id
),

weeks as (
    select
        cutoffs.cutoff,
        customer_days.customer_id,
        (cutoffs.cutoff - customer_days.activity_date - 1) // 7 as weeks_ago,
        sum(customer_days.net_amount) as spend
    from cutoffs
    inner join customer_days
        on
            cutoffs.cutoff > customer_days.activity_date
            and cutoffs.cutoff - 91 <= customer_days.activity_date
    group by all
),

week_features as (
    select
        cutoff,
        customer_id,
        -- weeks without a purchase are not rows; they stand before the smallest
        list_sort(list(spend), 'DESC') as spends
    from weeks
    group by
        cutoff,
        customer_id
)

select
    gap_features.*,
    coalesce(week_features.spends[7], 0) as median_week_spend,
    coalesce(week_features.spends[1], 0) as best_week_spend
from gap_features
left join week_features
    on
        gap_features.cutoff = week_features.cutoff
        and gap_features.customer_id = week_features.customer_id;
