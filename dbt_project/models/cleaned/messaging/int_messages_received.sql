{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='_load_id',
) }}

-- Every message to a person ever delivered, one row per delivery.

with

final as (

    {{ union_of('messages') }}

)

select * from final
