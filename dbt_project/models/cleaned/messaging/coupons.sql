-- The products that a campaign's coupons are valid for: the latest delivery of each, without
-- superseded files.

with

loads as (

    select * from {{ source('ops', 'loads') }}

),

received as (

    select * from {{ ref('int_coupons_received') }}

),

ranked as (

    select
        received.*,
        loads.superseded_by is not null as is_withdrawn,
        row_number() over (
            partition by
                received.source_system,
                received.campaign_id,
                received.coupon_id,
                received.product_id
            order by {{ latest_delivery_first('loads') }}, received._row desc nulls last
        ) as delivery_rank
    from received
    inner join loads on received._load_id = loads.load_id

),

final as (

    select {{ columns_of('coupons') }}
    from ranked
    where delivery_rank = 1 and not is_withdrawn

)

select * from final
