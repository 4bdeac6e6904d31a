-- One line of an order. A cancelled or a test order is set aside: it counts nowhere, and
-- ops.set_aside says how much it is.

with

orders as (

    select * from {{ source('example', 'orders') }}

),

final as (

    select
        ---------- ids
        'example' as source_system,
        orders.order_id,
        cast(orders.line_number as string) as order_line_id,
        'member' as identifier_type,
        orders.customer_id as identifier_value,
        orders.product_id,

        ---------- numbers
        orders.quantity,
        orders.quantity as unit_quantity,
        orders.quantity * orders.unit_price as gross_amount,
        cast(0 as decimal(18, 4)) as discount_amount,
        orders.quantity * orders.unit_price as net_amount,

        ---------- times
        orders.ordered_at,

        ---------- does it count?
        case when orders.status in ('cancelled', 'test') then orders.status end as set_aside_reason,

        ---------- where it came from
        orders._load_id,
        orders._row
    from orders

)

select * from final
