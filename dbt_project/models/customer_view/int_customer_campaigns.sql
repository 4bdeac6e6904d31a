-- The campaigns that a customer received and responded to, up to tonight.

with

current_run as (

    select * from {{ source('ops', 'current_run') }}

),

contacts as (

    select
        messages.identifier_id,
        messages.campaign_source_system,
        messages.campaign_id,
        1 as is_received,
        0 as is_answered,
        0 as response_count
    from {{ ref('fct_messages') }} as messages
    cross join current_run
    where messages.sent_date <= current_run.business_date
    union all
    select
        responses.identifier_id,
        responses.campaign_source_system,
        responses.campaign_id,
        0 as is_received,
        1 as is_answered,
        1 as response_count
    from {{ ref('fct_campaign_responses') }} as responses
    cross join current_run
    where responses.response_date <= current_run.business_date

),

per_campaign as (

    select
        identifier_customers.customer_id,
        contacts.campaign_source_system,
        contacts.campaign_id,
        max(contacts.is_received) as is_received,
        max(contacts.is_answered) as is_answered,
        sum(contacts.response_count) as response_count
    from contacts
    inner join {{ ref('identifier_customers') }} as identifier_customers
        on contacts.identifier_id = identifier_customers.identifier_id
    group by identifier_customers.customer_id, contacts.campaign_source_system, contacts.campaign_id

),

final as (

    select
        customer_id,
        cast(sum(is_received) as bigint) as campaigns_received,
        cast(sum(is_answered) as bigint) as campaigns_answered,
        cast(sum(response_count) as bigint) as campaign_response_count
    from per_campaign
    group by customer_id

)

select * from final
