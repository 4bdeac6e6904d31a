{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='_load_id',
) }}

-- Every response to a campaign ever delivered, one row per delivery.

with

final as (

    {{ union_of('campaign_responses') }}

)

select * from final
