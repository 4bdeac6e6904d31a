{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='_load_id',
) }}

-- Every campaign ever delivered, one row per delivery.

with

final as (

    {{ union_of('campaigns', [ref('stg_grocer_campaigns__campaigns')]) }}

)

select * from final
