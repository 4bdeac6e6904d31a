-- The products, as the lines of orders describe them.

select
    'example' as source_system,
    product_id,
    {{ clean_text('product_name') }} as product_name,
    _load_id,
    _row
from {{ source('example', 'orders') }}
