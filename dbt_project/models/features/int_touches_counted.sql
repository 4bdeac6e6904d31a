{{ config(materialized='view') }}

-- One row per customer and day with a campaign message or response.

with

sent as (

    select
        identifier_id,
        sent_date as touch_date,
        1 as message_count,
        0 as response_count
    from {{ ref('fct_messages') }}

),

answered as (

    select
        identifier_id,
        response_date as touch_date,
        0 as message_count,
        1 as response_count
    from {{ ref('fct_campaign_responses') }}

),

unioned as (

    select * from sent
    union all
    select * from answered

),

final as (

    select
        identifier_customers.customer_id,
        unioned.touch_date,
        cast(sum(unioned.message_count) as bigint) as message_count,
        cast(sum(unioned.response_count) as bigint) as response_count
    from unioned
    inner join {{ ref('identifier_customers') }} as identifier_customers
        on unioned.identifier_id = identifier_customers.identifier_id
    group by identifier_customers.customer_id, unioned.touch_date

)

select * from final
