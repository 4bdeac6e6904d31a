-- Per cut-off and customer: what was in the baskets of the last 13 weeks.
create or replace temp table feature_baskets as
select
    cutoffs.cutoff,
    baskets.customer_id,
    count(*) as baskets_91d,
    count(distinct baskets.store_id) as stores_91d,
    sum(baskets.department_count) as departments_91d,
    sum(baskets.category_count) as categories_91d,
    sum(baskets.private_label_amount) as private_label_91d
from cutoffs
inner join baskets
    on
        cutoffs.cutoff > baskets.order_date
        and cutoffs.cutoff - 91 <= baskets.order_date
group by
    cutoffs.cutoff,
    baskets.customer_id;
