{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='_load_id',
) }}

-- Every product of a coupon that was ever delivered to us, once a delivery.

select * from {{ ref('stg_grocer_campaigns__coupons') }}
