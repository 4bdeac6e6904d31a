-- The products, as far as order lines name them.

select
    'shop' as source_system,
    received.sku as product_id,
    received.sku as product_name,
    received._load_id,
    received._row
from {{ source('shop', 'orders') }} as received
where received.sku <> 'unheard-of'
