{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='_load_id',
) }}

-- A product on display or in the mailer of a store in a week, as delivered; twenty million rows
-- a year, so they are kept once and corrections are left out by their readers.

select * from {{ ref('stg_grocer_catalogue__promotions') }}
