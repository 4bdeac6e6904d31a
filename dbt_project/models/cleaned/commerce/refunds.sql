{{ config(materialized='view') }}

-- The refunded lines that count.

select {{ columns_of('refunds') }}
from {{ ref('int_refunds_received') }}
where row_state = 'current'
