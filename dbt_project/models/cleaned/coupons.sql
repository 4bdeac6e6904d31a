-- A product that a campaign's coupon is good for: the latest delivery of it holds.

with

ranked as (

    select
        received.*,
        row_number() over (
            partition by
                received.source_system,
                received.campaign_id,
                received.coupon_id,
                received.product_id
            order by {{ latest_delivery_first('loads') }}, received._row desc
        ) as standing,
        loads.superseded_by is not null as is_withdrawn
    from {{ ref('int_coupons_received') }} as received
    inner join {{ source('ops', 'loads') }} as loads on received._load_id = loads.load_id

),

final as (

    select * exclude (standing, is_withdrawn)
    from ranked
    where standing = 1 and not is_withdrawn

)

select * from final
