with

redemptions as (

    select * from {{ source('grocer_campaigns', 'redemptions') }}

),

identified as (

    select
        *,
        -- a hash: the id is published, the household is not
        left(
            sha256(concat_ws('-', household_id, coupon_upc, campaign_id, redemption_date)), 32
        ) as response_id
    from redemptions

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
