{{ config(materialized='view') }}

select
    source_system,
    refund_id,
    order_id,
    coalesce(order_source_system, source_system) as order_source_system,
    order_line_id,
    {{ identifier_id('identifier_type', 'identifier_value') }} as identifier_id,
    store_id,
    {{ id_space('store_id_space') }} as store_id_space,
    product_id,
    {{ id_space('product_id_space') }} as product_id_space,
    refund_date,
    quantity,
    refund_amount,
    refund_reason
from {{ ref('refunds') }}
