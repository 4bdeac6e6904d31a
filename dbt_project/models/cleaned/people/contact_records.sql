{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['source_system', 'record_id'],
) }}

-- Every record that names a person, from the latest snapshot that contains it. Records dropped from
-- later snapshots stay, because their orders still need them.

{%- set delivered = ['delivered_date', 'delivered_revision', 'delivered_number'] %}

with

loads as (

    select * from {{ source('ops', 'loads') }}

),

staged as {{ not_materialized() }} (

    {{ union_of('contact_records', without=delivered) }}

),

arrived as {{ not_materialized() }} (

    select
        staged.*,
        loads.file_date as delivered_date,
        loads.revision as delivered_revision,
        loads.number as delivered_number
    from staged
    inner join loads on staged._load_id = loads.load_id

),

versions as {{ not_materialized() }} (

    select {{ columns_of('contact_records') }} from arrived
    {% if is_incremental() %}
        union all
        select {{ columns_of('contact_records') }} from {{ this }}
        where
            record_id in (select arrived.record_id from arrived)
            -- when a night is retried, tonight's rows are already here
            and _load_id not in (select arrived._load_id from arrived)
    {% endif %}

),

-- the greatest of each group; the first of a window would sort whole snapshots
latest as (

    select
        versions.source_system,
        versions.record_id,
        max({{ delivery_order('versions') }}) as delivery
    from versions
    group by versions.source_system, versions.record_id

),

final as (

    select versions.*
    from versions
    inner join latest
        on
            versions.source_system = latest.source_system
            and versions.record_id = latest.record_id
            and {{ delivery_order('versions') }} = latest.delivery

)

select * from final
