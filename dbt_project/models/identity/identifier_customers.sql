-- Which customer an identifier belongs to, as of tonight. One system names the grocer's people,
-- so each identifier is a customer of its own; the customer's id is derived from the identifier
-- that was seen first, and will stay when others join it.

select
    identifier_id,
    {{ identifier_id("'customer'", 'identifier_id') }} as customer_id
from {{ ref('identifiers') }}
