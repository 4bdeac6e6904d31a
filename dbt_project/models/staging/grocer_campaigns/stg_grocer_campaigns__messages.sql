with

identified as (

    select
        *,
        campaign_id || '-' || household_id as message_id
    from {{ source('grocer_campaigns', 'sends') }}

),

final as (

    select
        ---------- ids
        'grocer_campaigns' as source_system,
        message_id,
        campaign_id,
        'loyalty_member' as identifier_type,
        household_id as identifier_value,

        ---------- text
        'post' as channel,

        ---------- times
        sent_date,

        ---------- where it came from
        _load_id,
        _row
    from identified

)

select * from final
