{{ config(materialized='view') }}

-- The ids that people type and spreadsheets rewrite, by system: of persons, products and stores.
-- Those of orders are left out: they are as many as the orders.

select
    'identifier' as id_kind,
    identifier_type,
    source_system,
    identifier_value as id_value
from {{ ref('int_identifiers_seen') }}
union
select
    'product' as id_kind,
    cast(null as string) as identifier_type,
    source_system,
    product_id as id_value
from {{ ref('products') }}
union
select
    'product' as id_kind,
    cast(null as string) as identifier_type,
    source_system,
    product_id as id_value
from {{ ref('order_lines') }}
union
select
    'store' as id_kind,
    cast(null as string) as identifier_type,
    source_system,
    store_id as id_value
from {{ ref('order_lines') }}
