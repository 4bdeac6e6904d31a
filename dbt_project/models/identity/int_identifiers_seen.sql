-- The identifiers that each system has named, and the business date of their first activity there:
-- null if only a contact record names one.

with

sightings as (

    select
        source_system,
        identifier_type,
        identifier_value,
        order_date as seen_date
    from {{ ref('order_lines') }}
    union all
    select
        source_system,
        identifier_type,
        identifier_value,
        refund_date as seen_date
    from {{ ref('refunds') }}
    union all
    select
        source_system,
        identifier_type,
        identifier_value,
        sent_date as seen_date
    from {{ ref('messages') }}
    union all
    select
        source_system,
        identifier_type,
        identifier_value,
        response_date as seen_date
    from {{ ref('campaign_responses') }}
    union all
    select
        source_system,
        identifier_type,
        identifier_value,
        cast(null as date) as seen_date
    from {{ ref('contact_records') }}

),

final as (

    select
        source_system,
        identifier_type,
        identifier_value,
        min(seen_date) as first_seen_date
    from sightings
    where identifier_value is not null
    group by source_system, identifier_type, identifier_value

)

select * from final
