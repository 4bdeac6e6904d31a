{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='_load_id',
) }}

-- Every product of a coupon ever delivered, one row per delivery.

with

final as (

    {{ union_of('coupons') }}

)

select * from final
