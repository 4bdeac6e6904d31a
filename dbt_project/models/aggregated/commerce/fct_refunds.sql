{{ config(materialized='view') }}

select
    source_system,
    refund_id,
    order_id,
    order_line_id,
    {{ identifier_id('identifier_type', 'identifier_value') }} as identifier_id,
    store_id,
    product_id,
    refund_date,
    quantity,
    refund_amount,
    refund_reason
from {{ ref('refunds') }}
