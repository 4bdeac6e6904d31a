{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['source_system', 'product_id'],
) }}

-- A product as the latest snapshot that names it has it.

{{ latest_snapshot_rows([ref('stg_grocer_catalogue__products')], 'product_id') }}
