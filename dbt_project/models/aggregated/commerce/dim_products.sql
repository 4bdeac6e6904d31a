select
    source_system,
    product_id,
    manufacturer_id,
    department,
    brand,
    category,
    product_type,
    package_size
from {{ ref('products') }}
