{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['source_system', 'product_id'],
) }}

-- Each product from the latest snapshot that contains it. Products missing from later ones stay.

{%- set delivered = ['delivered_date', 'delivered_revision', 'delivered_number'] %}

with

loads as (

    select * from {{ source('ops', 'loads') }}

),

staged as {{ not_materialized() }} (

    {{ union_of('products', without=delivered) }}

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

    select {{ columns_of('products') }} from arrived
    {% if is_incremental() %}
        union all
        select {{ columns_of('products') }} from {{ this }}
        where
            product_id in (select arrived.product_id from arrived)
            -- when a night is retried, tonight's rows are already here
            and _load_id not in (select arrived._load_id from arrived)
    {% endif %}

),

-- the greatest of each group; the first of a window would sort whole snapshots
latest as (

    select
        versions.source_system,
        versions.product_id,
        max({{ delivery_order('versions') }}) as delivery
    from versions
    group by versions.source_system, versions.product_id

),

final as (

    select versions.*
    from versions
    inner join latest
        on
            versions.source_system = latest.source_system
            and versions.product_id = latest.product_id
            and {{ delivery_order('versions') }} = latest.delivery

)

select * from final
