-- One row per order with what was in it. Only the 91 days before a cut-off are looked at.
create or replace temp table baskets as
with bounds as (
    select
        max(cutoff) as last_cutoff,
        min(cutoff) - 91 as first_day
    from cutoffs
),

products as (
    -- the catalogue is another system than the till, so the product's id alone
    -- has to do; two catalogues with one id must not double a line
    select
        product_id,
        min(department) as department,
        min(category) as category,
        min(brand) as brand
    from aggregated.dim_products
    group by product_id
),

lines as (
    select
        order_lines.source_system,
        order_lines.order_id,
        count(distinct products.department) as department_count,
        count(distinct products.category) as category_count,
        sum(order_lines.net_amount) filter (
            where products.brand = 'Private'
        ) as private_label_amount
    from aggregated.fct_order_lines as order_lines
    cross join bounds
    left join products
        on order_lines.product_id = products.product_id
    where
        order_lines.order_date >= bounds.first_day
        and order_lines.order_date < bounds.last_cutoff
    group by
        order_lines.source_system,
        order_lines.order_id
)

select
    identifier_customers.customer_id,
    orders.store_id,
    orders.order_date,
    orders.net_amount,
    coalesce(lines.department_count, 0)::integer as department_count,
    coalesce(lines.category_count, 0)::integer as category_count,
    coalesce(lines.private_label_amount, 0)::decimal(18, 2) as private_label_amount
from aggregated.fct_orders as orders
inner join identity.identifier_customers as identifier_customers
    on orders.identifier_id = identifier_customers.identifier_id
inner join lines
    on
        orders.source_system = lines.source_system
        and orders.order_id = lines.order_id;
