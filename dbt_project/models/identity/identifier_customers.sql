-- Which customer each identifier belongs to, as of tonight. Identifiers are not matched yet, so
-- each is a separate customer. A customer's id is derived from the identifier that was seen first,
-- so it stays the same when others are added.

select
    identifier_id,
    {{ identifier_id("'customer'", 'identifier_id') }} as customer_id
from {{ ref('identifiers') }}
