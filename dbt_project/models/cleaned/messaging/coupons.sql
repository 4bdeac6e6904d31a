{{ config(materialized='view') }}

-- The products that a campaign's coupons are valid for.

select {{ columns_of('coupons') }}
from {{ ref('int_coupons_received') }}
where row_state = 'current'
