-- The business days that tonight's loads touch: those of the lines and refunds that arrived or were
-- withdrawn, those of every other version of the same rows, since a correction may move a row to
-- another day, and those that one delivery takes over from another.

with

received as {{ not_materialized() }} (

    select * from {{ ref('int_sales_received') }}

),

tonight as (

    select load_id from {{ source('ops', 'loads') }}
    where is_new
    union
    {{ loads_withdrawn_tonight() }}

),

contested as (

    select distinct
        source_system,
        row_key,
        line_key
    from received
    where row_state <> 'current'

),

contested_versions as (

    select
        received.source_system,
        received.row_key,
        received.line_key,
        received.received_date,
        received._load_id
    from received
    inner join contested
        on
            received.source_system = contested.source_system
            and received.row_key = contested.row_key
            and received.line_key = contested.line_key

),

touched as (

    select distinct
        source_system,
        row_key,
        line_key
    from contested_versions
    where _load_id in (select tonight.load_id from tonight)

),

final as (

    select received_date as restated_date
    from received
    where _load_id in (select tonight.load_id from tonight) and received_date is not null
    union
    select contested_versions.received_date as restated_date
    from contested_versions
    inner join touched
        on
            contested_versions.source_system = touched.source_system
            and contested_versions.row_key = touched.row_key
            and contested_versions.line_key = touched.line_key
    where contested_versions.received_date is not null
    union
    select claimed_days.day as restated_date
    from {{ source('ops', 'claimed_days') }} as claimed_days
    where claimed_days.is_touched

)

select * from final
