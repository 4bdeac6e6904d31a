with

coupons as (

    select * from {{ source('grocer_campaigns', 'coupons') }}

),

final as (

    select
        ---------- ids
        'grocer_campaigns' as source_system,
        campaign_id,
        coupon_upc as coupon_id,
        product_id,

        ---------- where it came from
        _load_id,
        _row
    from coupons

)

select * from final
