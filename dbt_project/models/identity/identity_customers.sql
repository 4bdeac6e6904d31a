-- Each customer, and when the first of its identifiers was seen.

select
    identifier_customers.customer_id,
    count(*) as identifier_count,
    min(identifiers.first_seen_date) as first_seen_date
from {{ ref('identifier_customers') }} as identifier_customers
inner join {{ ref('identifiers') }} as identifiers
    on identifier_customers.identifier_id = identifiers.identifier_id
group by identifier_customers.customer_id
