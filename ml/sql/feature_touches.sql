-- Per cut-off and customer: campaign messages received and answered.
create or replace temp table feature_touches as
select
    cutoffs.cutoff,
    touches.customer_id,
    sum(touches.message_count) as messages_365d,
    sum(touches.response_count) as responses_365d,
    coalesce(sum(touches.message_count) filter (
        where touches.touch_date >= cutoffs.cutoff - 91
    ), 0) as messages_91d,
    coalesce(sum(touches.response_count) filter (
        where touches.touch_date >= cutoffs.cutoff - 91
    ), 0) as responses_91d
from cutoffs
inner join touches
    on
        cutoffs.cutoff > touches.touch_date
        and cutoffs.cutoff - 365 <= touches.touch_date
group by
    cutoffs.cutoff,
    touches.customer_id;
