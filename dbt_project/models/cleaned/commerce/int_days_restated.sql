-- The business days that tonight's loads touch: those of the lines that arrived or were withdrawn,
-- and those of every other version of the same lines, since a correction may move a line to
-- another day.

with

received as {{ not_materialized() }} (

    select * from {{ ref('int_order_lines_received') }}

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
        order_id,
        order_line_id
    from received
    where not is_current

),

contested_versions as (

    select
        received.source_system,
        received.order_id,
        received.order_line_id,
        received.order_date,
        received._load_id
    from received
    inner join contested
        on
            received.source_system = contested.source_system
            and received.order_id = contested.order_id
            and received.order_line_id = contested.order_line_id

),

touched as (

    select distinct
        source_system,
        order_id,
        order_line_id
    from contested_versions
    where _load_id in (select tonight.load_id from tonight)

),

final as (

    select order_date as restated_date
    from received
    where _load_id in (select tonight.load_id from tonight)
    union
    select contested_versions.order_date as restated_date
    from contested_versions
    inner join touched
        on
            contested_versions.source_system = touched.source_system
            and contested_versions.order_id = touched.order_id
            and contested_versions.order_line_id = touched.order_line_id

)

select * from final
