-- What happened within the horizon of each evaluated cut-off. The horizon starts on the cut-off, so
-- no feature uses its days.

with

ahead as (

    select
        cutoffs.cutoff,
        purchase_days.customer_id,
        sum(purchase_days.net_amount) as spend,
        min({{ days_between('cutoffs.cutoff', 'purchase_days.activity_date') }})
            as days_until_order
    from {{ source('features', 'cutoffs') }} as cutoffs
    inner join {{ ref('int_purchase_days_bounded') }} as purchase_days
        on
            cutoffs.cutoff <= purchase_days.activity_date
            and cutoffs.cutoff + cutoffs.horizon_days > purchase_days.activity_date
    group by cutoffs.cutoff, purchase_days.customer_id

),

final as (

    select
        known.cutoff,
        known.customer_id,
        cast(coalesce(ahead.spend, 0) as double) as spend,
        -- null: no order within the horizon
        cast(ahead.days_until_order as double) as days_until_order
    from {{ ref('customer_features') }} as known
    inner join {{ source('features', 'cutoffs') }} as cutoffs
        on known.cutoff = cutoffs.cutoff
    left join ahead
        on
            known.cutoff = ahead.cutoff
            and known.customer_id = ahead.customer_id
    where cutoffs.is_judged

)

select * from final
