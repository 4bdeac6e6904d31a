{{ config(materialized='view') }}

-- One row per cut-off and customer with an earlier order, however long ago.

select
    cutoffs.cutoff,
    identifier_customers.customer_id,
    {{ days_between('min(identifier_days.activity_date)', 'cutoffs.cutoff') }} as tenure_days,
    {{ days_between('max(identifier_days.activity_date)', 'cutoffs.cutoff') }} as recency_days
from {{ ref('fct_identifier_days') }} as identifier_days
inner join {{ ref('identifier_customers') }} as identifier_customers
    on identifier_days.identifier_id = identifier_customers.identifier_id
inner join {{ source('features', 'cutoffs') }} as cutoffs
    on identifier_days.activity_date < cutoffs.cutoff
where identifier_days.order_count > 0
group by cutoffs.cutoff, identifier_customers.customer_id
