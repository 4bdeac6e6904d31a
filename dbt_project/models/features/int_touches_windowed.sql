{{ config(materialized='view') }}

-- Per cut-off and customer: campaign messages received and responses.

select
    cutoffs.cutoff,
    touches.customer_id,
    {{ sum_where('touches.message_count', 'touches.touch_date >= cutoffs.cutoff - 91', 'double') }}
        as messages_91d,
    {{ sum_where('touches.response_count', 'touches.touch_date >= cutoffs.cutoff - 91', 'double') }}
        as responses_91d,
    cast(sum(touches.message_count) as double) as messages_365d,
    cast(sum(touches.response_count) as double) as responses_365d
from {{ source('features', 'cutoffs') }} as cutoffs
inner join {{ ref('int_touches_counted') }} as touches
    on
        cutoffs.cutoff > touches.touch_date
        and cutoffs.cutoff - 365 <= touches.touch_date
group by cutoffs.cutoff, touches.customer_id
