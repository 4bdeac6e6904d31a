{{ config(materialized='view') }}

select
    refunds.source_system,
    refunds.refund_id,
    refunds.order_id,
    refunds.order_line_id,
    identifiers.identifier_id,
    refunds.store_id,
    refunds.product_id,
    refunds.refund_date,
    refunds.quantity,
    refunds.refund_amount,
    refunds.refund_reason
from {{ ref('refunds') }} as refunds
left join {{ ref('identifiers') }} as identifiers
    on
        refunds.identifier_type = identifiers.identifier_type
        and refunds.identifier_value = identifiers.identifier_value
