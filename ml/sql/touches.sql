-- One row per customer and day with a campaign message or an answer to one.
create or replace temp table touches as
with sent as (
    select
        identifier_id,
        sent_date as touch_date,
        1 as message_count,
        0 as response_count
    from aggregated.fct_messages
),

answered as (
    select
        identifier_id,
        response_date as touch_date,
        0 as message_count,
        1 as response_count
    from aggregated.fct_campaign_responses
),

unioned as (
    select * from sent
    union all
    select * from answered
)

select
    identifier_customers.customer_id,
    unioned.touch_date,
    sum(unioned.message_count)::integer as message_count,
    sum(unioned.response_count)::integer as response_count
from unioned
inner join identity.identifier_customers as identifier_customers
    on unioned.identifier_id = identifier_customers.identifier_id
group by
    identifier_customers.customer_id,
    unioned.touch_date;
