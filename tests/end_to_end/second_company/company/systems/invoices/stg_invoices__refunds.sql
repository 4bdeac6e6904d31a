-- One refunded line: those of invoices whose number begins with C.

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
        received._place as refund_id,
        'account' as identifier_type,
        received.customer_id as identifier_value,
        loads.part as store_id,
        received.stock_code as product_id,

        ---------- numbers
        -received.quantity as quantity,
        -received.row_amount as refund_amount,

        ---------- times
        received.invoice_date as refunded_at,

        ---------- does it count?
        case when received.quantity > 0 then 'refund taken back' end as set_aside_reason,

        ---------- where it came from
        received._load_id,
        received._row
    from received
    inner join loads on received._load_id = loads.load_id
    where received.invoice_no like 'C%'

)

select * from final
