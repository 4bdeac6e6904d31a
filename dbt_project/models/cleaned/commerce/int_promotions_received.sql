{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='_load_id',
) }}

-- Every promotion that was ever delivered to us, once a delivery: twenty million rows a year.

select * from {{ ref('stg_grocer_catalogue__promotions') }}
