-- What was paid back to a customer, up to tonight.

select
    identifier_customers.customer_id,
    cast(sum(refunds.refund_amount) as decimal(18, 4)) as refund_amount
from {{ ref('fct_refunds') }} as refunds
cross join {{ source('ops', 'current_run') }} as current_run
inner join {{ ref('identifier_customers') }} as identifier_customers
    on refunds.identifier_id = identifier_customers.identifier_id
where refunds.refund_date <= current_run.business_date
group by identifier_customers.customer_id
