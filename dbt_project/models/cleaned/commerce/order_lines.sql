{{ config(materialized='view') }}

-- The order lines that count.

select {{ columns_of('order_lines') }}
from {{ ref('int_order_lines_received') }}
where row_state = 'current'
