with

identified as (

    select
        *,
        concat_ws(
            '-', household_id, coupon_upc, campaign_id, cast(redemption_date as string)
        ) as response_id
    from {{ source('grocer_campaigns', 'redemptions') }}

),

final as (

    select
        ---------- ids
        'grocer_campaigns' as source_system,
        response_id,
        campaign_id,
        coupon_upc as coupon_id,
        'loyalty_member' as identifier_type,
        household_id as identifier_value,

        ---------- text
        'coupon_redeemed' as response_type,

        ---------- times
        redemption_date as response_date,

        ---------- where it came from
        _load_id,
        _row
    from identified

)

select * from final
