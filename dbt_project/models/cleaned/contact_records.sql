{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['source_system', 'record_id'],
) }}

-- Every record that names a person, as the latest snapshot that has it says. One that is gone
-- from the snapshots stays: its orders still need it.

with

arrived as (

    select
        records.*,
        loads.file_date as delivered_date,
        loads.revision as delivered_revision,
        loads.number as delivered_number
    from {{ ref('stg_grocer_loyalty__contact_records') }} as records
    inner join {{ source('ops', 'loads') }} as loads on records._load_id = loads.load_id

),

versions as (

    select * from arrived
    {% if is_incremental() %}
        union all by name
        select * from {{ this }}
        where record_id in (select arrived.record_id from arrived)
    {% endif %}

),

ranked as (

    select
        *,
        row_number() over (
            partition by source_system, record_id
            order by delivered_date desc, delivered_revision desc, delivered_number desc, _row desc
        ) as standing
    from versions

),

final as (

    select * exclude (standing)
    from ranked
    where standing = 1

)

select * from final
