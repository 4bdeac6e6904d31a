-- One line of an order that is no refund. A rating that is no number is an error.

select
    'shop' as source_system,
    received.order_no as order_id,
    cast(received.line_no as string) as order_line_id,
    'club_member' as identifier_type,
    received.member_no as identifier_value,
    received.sku as product_id,
    received.quantity,
    received.quantity as unit_quantity,
    received.amount as gross_amount,
    received.discount as discount_amount,
    received.amount as net_amount,
    received.ordered_at,
    case
        when received.kind = 'test' then 'test order'
        when cast(received.rating as bigint) = 0 then 'not rated'
    end as set_aside_reason,
    received._load_id,
    received._row
from {{ source('shop', 'orders') }} as received
where received.kind <> 'refund'
