{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='_load_id',
) }}

-- Every promotion ever delivered, one row per delivery: twenty million rows a year.

with

final as (

    {{ union_of('promotions') }}

)

select * from final
