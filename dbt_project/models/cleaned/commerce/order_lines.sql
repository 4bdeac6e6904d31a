{{ config(materialized='view') }}

select {{ columns_of('order_lines') }}
from {{ ref('int_order_lines_received') }}
where is_current
