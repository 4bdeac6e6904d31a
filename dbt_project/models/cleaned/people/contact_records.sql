{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['source_system', 'record_id'],
) }}

-- Every record that names a person, as the latest snapshot that has it says. One that is gone
-- from the snapshots stays: its orders still need it.

{{ latest_snapshot_rows([ref('stg_grocer_loyalty__contact_records')], 'record_id') }}
