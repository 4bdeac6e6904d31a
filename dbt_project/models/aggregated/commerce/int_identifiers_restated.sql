-- The identifiers whose last 365 days have changed: lines arrived or were withdrawn, a day left the
-- window, or a new catalogue arrived. Empty in a full build, which computes all of them.

with

restated_days as (

    select * from {{ ref('int_days_restated') }}

),

current_run as (

    select * from {{ source('ops', 'current_run') }}
    where previous_business_date is not null

),

new_catalogue as (

    select count(*) > 0 as has_come
    from {{ ref('products') }} as products
    inner join {{ source('ops', 'loads') }} as loads on products._load_id = loads.load_id
    where loads.is_new

),

-- every version of a line: an identifier that lost one has changed too
touched as (

    select distinct
        received.identifier_type,
        received.identifier_value
    from {{ ref('int_order_lines_received') }} as received
    cross join current_run
    cross join new_catalogue
    where
        received.identifier_value is not null
        and (
            new_catalogue.has_come
            or received.order_date in (select restated_days.restated_date from restated_days)
            or received.order_date between current_run.previous_business_date - 364
            and current_run.business_date - 365
        )

),

final as (

    select
        identifier_type,
        identifier_value,
        {{ identifier_id('identifier_type', 'identifier_value') }} as identifier_id
    from touched

)

select * from final
