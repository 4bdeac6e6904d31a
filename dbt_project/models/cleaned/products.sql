{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['source_system', 'product_id'],
) }}

-- A product as the latest snapshot that names it has it.

with

arrived as (

    select
        products.*,
        loads.file_date as delivered_date,
        loads.revision as delivered_revision,
        loads.number as delivered_number
    from {{ ref('stg_grocer_catalogue__products') }} as products
    inner join {{ source('ops', 'loads') }} as loads on products._load_id = loads.load_id

),

versions as (

    select * from arrived
    {% if is_incremental() %}
        union all by name
        select * from {{ this }}
        where product_id in (select arrived.product_id from arrived)
    {% endif %}

),

ranked as (

    select
        *,
        row_number() over (
            partition by source_system, product_id
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
