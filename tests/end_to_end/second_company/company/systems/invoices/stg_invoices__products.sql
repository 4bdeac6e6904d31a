-- The products, as the lines of invoices describe them.

select
    'invoices' as source_system,
    stock_code as product_id,
    {{ clean_text('description') }} as product_name,
    _load_id,
    _row
from {{ source('invoices', 'invoices') }}
where quantity > 0 and price > 0 and description <> 'CANCELLED'
