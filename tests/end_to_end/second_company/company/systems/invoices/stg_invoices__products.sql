-- The products, as the lines that sell them describe them.

with

received as (

    select * from {{ source('invoices', 'invoices') }}

),

final as (

    select
        ---------- ids
        'invoices' as source_system,
        received.stock_code as product_id,

        ---------- text
        {{ clean_text('received.description') }} as product_name,

        ---------- where it came from
        received._load_id,
        received._row
    from received
    where
        received.quantity > 0 and received.price > 0 and received.description <> 'CANCELLED'
        and received.invoice_no not like 'C%'

)

select * from final
