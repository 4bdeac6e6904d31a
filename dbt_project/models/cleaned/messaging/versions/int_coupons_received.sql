{{ config(unique_key=['source_system', 'campaign_id', 'coupon_id', 'product_id']) }}

-- Every product of a coupon ever received, and which version of it counts.

with

final as (

    {{ union_of('coupons') }}

)

select * from final
