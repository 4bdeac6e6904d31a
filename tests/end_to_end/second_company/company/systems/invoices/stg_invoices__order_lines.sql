-- One line of an invoice that is no refund. Both tills count from the same number, and new ones begin
-- anew, so a number is unique only within a till's day.

with

received as (

    select
        *,
        quantity * price as row_amount
    from {{ source('invoices', 'invoices') }}

),

loads as (

    select * from {{ source('ops', 'loads') }}

),

final as (

    select
        ---------- ids
        'invoices' as source_system,
        loads.file_date || '/' || loads.part || ' ' || received.invoice_no as order_id,
        received._place as order_line_id,
        'account' as identifier_type,
        received.customer_id as identifier_value,
        loads.part as store_id,
        received.stock_code as product_id,

        ---------- numbers
        received.quantity,
        received.quantity as unit_quantity,
        received.row_amount as gross_amount,
        cast(0 as decimal(18, 4)) as discount_amount,
        received.row_amount as net_amount,

        ---------- times
        received.invoice_date as ordered_at,

        ---------- does it count?
        case
            when received.invoice_no like 'R%' then 'bad debt'
            when received.stock_code like 'TEST%' then 'test order'
            when received.description = 'CANCELLED' then 'cancelled'
            when received.quantity < 0 then 'stock correction'
        end as set_aside_reason,

        ---------- where it came from
        received._load_id,
        received._row
    from received
    inner join loads on received._load_id = loads.load_id
    where received.invoice_no not like 'C%'

)

select * from final
