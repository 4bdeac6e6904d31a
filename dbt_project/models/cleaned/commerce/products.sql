{{ config(materialized='view') }}

-- Each product as it was last delivered.
-- What later snapshots lack stays, because orders still need it, and is inactive.

select
    {{ columns_of('products', without=['is_active', 'inactive_since'], alias='received') }},
    not received.is_deleted and coalesce(snapshots.is_last, true) as is_active,
    case
        when received.is_deleted then received.delivered_date
        when not snapshots.is_last then snapshots.absent_since
    end as inactive_since
from {{ ref('int_products_received') }} as received
left join {{ ref('int_snapshots_received') }} as snapshots
    on received._load_id = snapshots.load_id
