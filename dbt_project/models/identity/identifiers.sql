-- Each identifier ever seen, and the business date of its first activity: null if only a contact
-- record names it.

with

summed as (

    select
        identifier_type,
        identifier_value,
        min(first_seen_date) as first_seen_date
    from {{ ref('int_identifiers_seen') }}
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
