{{ config(materialized='view') }}

-- Per cut-off and customer: orders and spend in windows of days before the cut-off.

with

aged as (

    select
        cutoffs.cutoff,
        purchase_days.customer_id,
        purchase_days.activity_date,
        purchase_days.order_count,
        purchase_days.line_count,
        purchase_days.net_amount,
        purchase_days.gross_amount,
        purchase_days.discount_amount,
        purchase_days.coupon_amount,
        {{ days_between('purchase_days.activity_date', 'cutoffs.cutoff') }} as age
    from {{ source('features', 'cutoffs') }} as cutoffs
    inner join {{ ref('int_purchase_days_bounded') }} as purchase_days
        on
            cutoffs.cutoff > purchase_days.activity_date
            and cutoffs.cutoff - 365 <= purchase_days.activity_date

),

final as (

    select
        cutoff,
        customer_id,
        {% for days in [7, 14, 28, 30, 90, 91, 180, 365] %}
            {{ sum_where('order_count', 'age <= ' ~ days, 'double') }} as orders_{{ days }}d,
            {{ sum_where('net_amount', 'age <= ' ~ days, 'double') }} as spend_{{ days }}d,
        {% endfor %}
        count(*) filter (where age <= 91) as purchase_days_91d,
        count(distinct {{ whole_quotient('age - 1', 7) }}) filter (where age <= 91)
            as active_weeks_91d,
        count(*) filter (where age <= 91 and {{ weekday_number('activity_date') }} >= 6)
            as weekend_days_91d,
        cast(max(net_amount) filter (where age <= 91) as double) as largest_day_91d,
        {{ sum_where('line_count', 'age <= 91', 'double') }} as lines_91d,
        {{ sum_where('gross_amount', 'age <= 91', 'double') }} as gross_91d,
        {{ sum_where('discount_amount', 'age <= 91', 'double') }} as discount_91d,
        {{ sum_where('coupon_amount', 'age <= 91', 'double') }} as coupon_91d
    from aged
    group by cutoff, customer_id

)

select * from final
