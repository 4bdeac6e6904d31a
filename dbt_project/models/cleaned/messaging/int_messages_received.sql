{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='_load_id',
) }}

-- Every message to a person that was ever delivered to us, once a delivery.

with

final as (

    {{ union_of('messages', [ref('stg_grocer_campaigns__messages')]) }}

)

select * from final
