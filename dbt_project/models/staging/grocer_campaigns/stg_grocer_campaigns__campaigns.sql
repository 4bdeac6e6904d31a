with

campaigns as (

    select * from {{ source('grocer_campaigns', 'campaigns') }}

),

final as (

    select
        ---------- ids
        'grocer_campaigns' as source_system,
        campaign_id,

        ---------- text
        {{ clean_text('campaign_type') }} as campaign_type,

        ---------- times
        start_date,
        end_date,

        ---------- where it came from
        _load_id,
        _row
    from campaigns

)

select * from final
