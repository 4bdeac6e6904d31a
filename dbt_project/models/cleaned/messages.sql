-- A message that went to a person: the latest delivery of it holds, unless its file was
-- corrected.

with

ranked as (

    select
        received.*,
        row_number() over (
            partition by received.source_system, received.message_id
            order by {{ latest_delivery_first('loads') }}, received._row desc
        ) as standing,
        loads.superseded_by is not null as is_withdrawn
    from {{ ref('int_messages_received') }} as received
    inner join {{ source('ops', 'loads') }} as loads on received._load_id = loads.load_id

),

final as (

    select * exclude (standing, is_withdrawn)
    from ranked
    where standing = 1 and not is_withdrawn

)

select * from final
