{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='_load_id',
) }}

-- Every campaign ever delivered, one row per delivery.

with

final as (

    {{ union_of('campaigns') }}

)

select * from final
