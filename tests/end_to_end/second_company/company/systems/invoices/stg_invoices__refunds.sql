-- One refunded line.

with

lines as (

    select
        invoices.*,
        loads.part as store
    from {{ source('invoices', 'invoices') }} as invoices
    inner join {{ source('ops', 'loads') }} as loads on invoices._load_id = loads.load_id
    where starts_with(invoices.invoice_no, 'C')

),

current_run as (

    select * from {{ source('ops', 'current_run') }}

),

final as (

    select
        'invoices' as source_system,
        _place as refund_id,
        'account' as identifier_type,
        customer_id as identifier_value,
        store as store_id,
        stock_code as product_id,
        -quantity as quantity,
        -quantity * price as refund_amount,
        case when stock_code = 'D' then 'discount' end as refund_reason,
        invoice_date as refunded_at,
        {{ business_date('lines.invoice_date', 'current_run.timezone') }} as refund_date,
        case when quantity > 0 then 'refund taken back' end as set_aside_reason,
        _load_id,
        _row
    from lines
    cross join current_run

)

select * from final
