-- One row per customer and business day with an order, as far back as a feature looks.
create or replace temp table customer_days as
with bounds as (
    select
        max(cutoff) as last_cutoff,
        min(cutoff) - 365 as first_day
    from cutoffs
)

select
    identifier_customers.customer_id,
    identifier_days.activity_date,
    sum(identifier_days.order_count)::integer as order_count,
    sum(identifier_days.line_count)::integer as line_count,
    sum(identifier_days.net_amount)::decimal(18, 2) as net_amount,
    sum(identifier_days.gross_amount)::decimal(18, 2) as gross_amount,
    sum(identifier_days.discount_amount)::decimal(18, 2) as discount_amount,
    sum(identifier_days.coupon_amount)::decimal(18, 2) as coupon_amount
from aggregated.fct_identifier_days as identifier_days
inner join identity.identifier_customers as identifier_customers
    on identifier_days.identifier_id = identifier_customers.identifier_id
cross join bounds
where
    identifier_days.order_count > 0
    and identifier_days.activity_date >= bounds.first_day
    and identifier_days.activity_date < bounds.last_cutoff
group by
    identifier_customers.customer_id,
    identifier_days.activity_date;
