-- Each identifier that was ever seen, and when first.

with

sightings as (

    select
        identifier_id,
        activity_date as seen_date
    from {{ ref('fct_identifier_days') }}
    union all
    select
        identifier_id,
        sent_date as seen_date
    from {{ ref('fct_messages') }}
    union all
    select
        identifier_id,
        response_date as seen_date
    from {{ ref('fct_campaign_responses') }}

),

named as (

    select distinct
        {{ identifier_id('identifier_type', 'identifier_value') }} as identifier_id,
        identifier_type,
        identifier_value
    from {{ ref('contact_records') }}

),

final as (

    select
        coalesce(sightings.identifier_id, named.identifier_id) as identifier_id,
        any_value(named.identifier_type) as identifier_type,
        any_value(named.identifier_value) as identifier_value,
        min(sightings.seen_date) as first_seen_date
    from sightings
    full outer join named on sightings.identifier_id = named.identifier_id
    group by 1

)

select * from final
