{{ config(materialized='view') }}

-- Per cut-off and customer with two purchase days or more in the year before it: the days between
-- purchases, and spend week by week.

with

steps as (

    select
        customer_id,
        activity_date,
        lag(activity_date) over (partition by customer_id order by activity_date nulls first)
            as earlier_date
    from {{ ref('int_purchase_days_bounded') }}

),

gaps as (

    select
        customer_id,
        activity_date,
        earlier_date,
        {{ days_between('earlier_date', 'activity_date') }} as gap
    from steps
    where earlier_date is not null

),

summed as (

    select
        cutoffs.cutoff,
        gaps.customer_id,
        count(*) as gap_count,
        -- sums of whole numbers are exact in whatever order threads add them
        cast(sum(gaps.gap) as bigint) as gap_sum,
        cast(sum(gaps.gap * gaps.gap) as bigint) as gap_square_sum,
        {{ quantile_of('gaps.gap', 0.5) }} as gap_median,
        {{ quantile_of('gaps.gap', 0.9) }} as gap_usual_longest,
        cast(max(gaps.gap) as double) as gap_longest,
        cast({{ days_between('max(gaps.earlier_date)', 'max(gaps.activity_date)') }} as double)
            as gap_last
    from {{ source('features', 'cutoffs') }} as cutoffs
    inner join gaps
        on
            cutoffs.cutoff > gaps.activity_date
            and cutoffs.cutoff - 365 <= gaps.earlier_date
    group by cutoffs.cutoff, gaps.customer_id

),

final as (

    select
        summed.cutoff,
        summed.customer_id,
        summed.gap_count,
        summed.gap_median,
        summed.gap_usual_longest,
        summed.gap_longest,
        summed.gap_last,
        weeks.median_week_spend,
        weeks.best_week_spend,
        {{ ratio_of('summed.gap_sum', 'summed.gap_count') }} as gap_mean,
        {{ ratio_of('summed.gap_square_sum', 'summed.gap_count') }} as gap_square_mean
    from summed
    left join {{ ref('int_weeks_sorted') }} as weeks
        on
            summed.cutoff = weeks.cutoff
            and summed.customer_id = weeks.customer_id

)

select * from final
