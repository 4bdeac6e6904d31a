{{ config(materialized='view') }}

-- Per cut-off and customer: the median and the best of the last 13 weeks' spend.

with

weeks as (

    select
        cutoffs.cutoff,
        purchase_days.customer_id,
        sum(purchase_days.net_amount) as spend
    from {{ source('features', 'cutoffs') }} as cutoffs
    inner join {{ ref('int_purchase_days_bounded') }} as purchase_days
        on
            cutoffs.cutoff > purchase_days.activity_date
            and cutoffs.cutoff - 91 <= purchase_days.activity_date
    group by
        cutoffs.cutoff,
        purchase_days.customer_id,
        {{ whole_quotient(
            days_between('purchase_days.activity_date', 'cutoffs.cutoff') ~ ' - 1', 7
        ) }}

),

final as (

    select
        cutoff,
        customer_id,
        -- weeks without a purchase have no rows; they would come after the smallest
        cast({{ list_item(sorted_values('spend', 'desc'), 7) }} as double) as median_week_spend,
        cast(max(spend) as double) as best_week_spend
    from weeks
    group by cutoff, customer_id

)

select * from final
