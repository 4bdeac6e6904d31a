{{ config(
    materialized='incremental',
    incremental_strategy='restated_identifiers',
    unique_key='identifier_id',
) }}

-- What an identifier spent in the last 365 days, by department, category and brand. Recomputed
-- for identifiers whose days have changed.

with

current_run as (

    select * from {{ source('ops', 'current_run') }}

),

restated as (

    select * from {{ ref('int_identifiers_restated') }}

),

-- One number for department, category and brand together is far cheaper to group by. A till names a
-- product only by its id: if two catalogues contain the id, one of them is used.
products as (

    select
        product_id,
        department,
        category,
        brand,
        row_number() over (
            partition by product_id order by source_system nulls last
        ) as catalogue_rank,
        dense_rank() over (order by department nulls last, category nulls last, brand nulls last)
            as taste
    from {{ ref('dim_products') }}

),

tastes as (

    select distinct
        taste,
        department,
        category,
        brand
    from products

),

summed as (

    select
        order_lines.identifier_type,
        order_lines.identifier_value,
        products.taste,
        sum(order_lines.net_amount) as net_amount,
        count(*) as line_count
    from {{ ref('order_lines') }} as order_lines
    cross join current_run
    inner join products
        on order_lines.product_id = products.product_id and products.catalogue_rank = 1
    {% if is_incremental() %}
        inner join restated
            on
                order_lines.identifier_type = restated.identifier_type
                and order_lines.identifier_value = restated.identifier_value
    {% endif %}
    where
        order_lines.identifier_value is not null
        and order_lines.order_date between current_run.business_date - 364
        and current_run.business_date
    group by order_lines.identifier_type, order_lines.identifier_value, products.taste

),

identifiers as (

    select distinct
        identifier_type,
        identifier_value,
        {{ identifier_id('identifier_type', 'identifier_value') }} as identifier_id
    from summed

),

final as (

    select
        identifiers.identifier_id,
        tastes.department,
        tastes.category,
        tastes.brand,
        summed.line_count,
        cast(summed.net_amount as decimal(18, 4)) as net_amount
    from summed
    inner join tastes on summed.taste = tastes.taste
    inner join identifiers
        on
            summed.identifier_type = identifiers.identifier_type
            and summed.identifier_value = identifiers.identifier_value

)

select * from final
