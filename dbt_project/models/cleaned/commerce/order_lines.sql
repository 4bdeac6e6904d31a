{{ config(materialized='view') }}

select * exclude (is_current, superseded_reason)
from {{ ref('int_order_lines_received') }}
where is_current
