{{ config(materialized='view') }}

-- Per cut-off and customer: what was in the baskets of the last 13 weeks.

select
    cutoffs.cutoff,
    baskets.customer_id,
    cast(sum(baskets.department_count) as bigint) as departments_91d,
    cast(sum(baskets.category_count) as bigint) as categories_91d,
    cast(coalesce(sum(baskets.private_label_amount), 0) as decimal(18, 4)) as private_label_91d,
    count(*) as baskets_91d,
    count(distinct baskets.store_id) as stores_91d
from {{ source('features', 'cutoffs') }} as cutoffs
inner join {{ ref('int_baskets_filled') }} as baskets
    on
        cutoffs.cutoff > baskets.order_date
        and cutoffs.cutoff - 91 <= baskets.order_date
group by cutoffs.cutoff, baskets.customer_id
