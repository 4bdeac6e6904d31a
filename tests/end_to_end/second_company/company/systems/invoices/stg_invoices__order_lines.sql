-- One line of an invoice.

with

lines as (

    select
        invoices.*,
        loads.part as store
    from {{ source('invoices', 'invoices') }} as invoices
    inner join {{ source('ops', 'loads') }} as loads on invoices._load_id = loads.load_id
    where not starts_with(invoices.invoice_no, 'C')

),

current_run as (

    select * from {{ source('ops', 'current_run') }}

),

dated as (

    select
        lines.*,
        {{ business_date('lines.invoice_date', 'current_run.timezone') }} as order_date
    from lines
    cross join current_run

),

final as (

    select
        'invoices' as source_system,
        store || ' ' || order_date || ' ' || invoice_no as order_id,
        _place as order_line_id,
        'account' as identifier_type,
        customer_id as identifier_value,
        store as store_id,
        stock_code as product_id,
        quantity,
        quantity as unit_quantity,
        quantity * price as gross_amount,
        cast(0 as decimal(18, 4)) as discount_amount,
        quantity * price as net_amount,
        invoice_date as ordered_at,
        order_date,
        case
            when starts_with(invoice_no, 'R') then 'bad debt'
            when starts_with(stock_code, 'TEST') then 'test order'
            when description = 'CANCELLED' then 'cancelled'
            when quantity < 0 then 'stock correction'
        end as set_aside_reason,
        _load_id,
        _row
    from dated

)

select * from final
