{{ config(materialized='view') }}

select
    refunds.source_system,
    refunds.refund_id,
    refunds.order_id,
    coalesce(refunds.order_source_system, refunds.source_system) as order_source_system,
    refunds.order_line_id,
    identifiers.identifier_id,
    refunds.store_id,
    {{ id_space('refunds.store_id_space') }} as store_id_space,
    refunds.product_id,
    {{ id_space('refunds.product_id_space') }} as product_id_space,
    refunds.refund_date,
    refunds.quantity,
    refunds.refund_amount,
    refunds.refund_reason
from {{ ref('refunds') }} as refunds
left join {{ ref('identifiers') }} as identifiers
    on
        refunds.identifier_type = identifiers.identifier_type
        and refunds.identifier_value = identifiers.identifier_value
