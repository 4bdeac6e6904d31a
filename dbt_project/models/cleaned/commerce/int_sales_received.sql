{{ config(materialized='view') }}

-- Every version of an order line and of a refund: its key, its day and its state.

select
    source_system,
    order_id as row_key,
    order_line_id as line_key,
    order_date as received_date,
    row_state,
    _load_id,
    _row
from {{ ref('int_order_lines_received') }}
union all
select
    source_system,
    'refund' as row_key,
    refund_id as line_key,
    refund_date as received_date,
    row_state,
    _load_id,
    _row
from {{ ref('int_refunds_received') }}
