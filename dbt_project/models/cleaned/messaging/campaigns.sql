{{ config(materialized='view') }}

-- The campaigns that count.

select {{ columns_of('campaigns') }}
from {{ ref('int_campaigns_received') }}
where row_state = 'current'
