{{ config(materialized='table') }}

with

redemptions as (

    select * from {{ source('grocer_campaigns', 'redemptions') }}

),

described as (

    select
        *,
        concat_ws(
            '-', household_id, coupon_upc, campaign_id, cast(redemption_date as string)
        ) as what_is_answered
    from redemptions

),

identified as (

    select
        *,
        -- keyed, because this id is published and the household is not
        {{ keyed_id('what_is_answered') }} as response_id
    from described

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
