-- Each identifier ever seen, and the business date of its first activity: null if only a contact
-- record names it.

with

sightings as (

    select
        identifier_type,
        identifier_value,
        order_date as seen_date
    from {{ ref('order_lines') }}
    union all
    select
        identifier_type,
        identifier_value,
        refund_date as seen_date
    from {{ ref('refunds') }}
    union all
    select
        identifier_type,
        identifier_value,
        sent_date as seen_date
    from {{ ref('messages') }}
    union all
    select
        identifier_type,
        identifier_value,
        response_date as seen_date
    from {{ ref('campaign_responses') }}
    union all
    select
        identifier_type,
        identifier_value,
        cast(null as date) as seen_date
    from {{ ref('contact_records') }}

),

summed as (

    select
        identifier_type,
        identifier_value,
        min(seen_date) as first_seen_date
    from sightings
    where identifier_value is not null
    group by identifier_type, identifier_value

),

final as (

    select
        {{ identifier_id('identifier_type', 'identifier_value') }} as identifier_id,
        identifier_type,
        identifier_value,
        first_seen_date
    from summed

)

select * from final
