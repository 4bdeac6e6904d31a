{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='_load_id',
) }}

-- Every product of a coupon ever delivered, one row per delivery.

with

final as (

    {{ union_of('coupons', [ref('stg_grocer_campaigns__coupons')]) }}

)

select * from final
