-- Which customer each identifier belongs to, as of tonight, for readers: without the identifiers'
-- values, which are personal data.

select
    identifier_customers.customer_id,
    identifiers.identifier_id,
    identifiers.identifier_type,
    identifiers.first_seen_date
from {{ ref('identifiers') }} as identifiers
inner join {{ ref('identifier_customers') }} as identifier_customers
    on identifiers.identifier_id = identifier_customers.identifier_id
