select
    source_system,
    product_id,
    product_name,
    manufacturer_id,
    department,
    brand,
    category,
    product_type,
    package_size,
    is_active
from {{ ref('products') }}
