-- One refunded line.

select
    'shop' as source_system,
    received.order_no || '/' || received.line_no as refund_id,
    received.order_no as order_id,
    'club_member' as identifier_type,
    received.member_no as identifier_value,
    received.sku as product_id,
    received.quantity,
    received.amount as refund_amount,
    received.ordered_at as refunded_at,
    received._load_id,
    received._row
from {{ source('shop', 'orders') }} as received
where received.kind = 'refund'
