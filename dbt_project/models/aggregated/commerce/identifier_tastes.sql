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

-- A taste is one number for department, category and brand.
products as (

    select
        product_id_space,
        product_id,
        department,
        category,
        brand,
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

-- Numbers, since lines are far cheaper to group by them than by texts.
identifiers as (

    select
        identifier_id,
        identifier_type,
        identifier_value,
        row_number() over (order by identifier_id nulls last) as identifier_number
    from {{ ref('identifiers') }}

),

summed as (

    select
        identifiers.identifier_number,
        products.taste,
        sum(order_lines.net_amount) as net_amount,
        count(*) as line_count
    from {{ ref('order_lines') }} as order_lines
    cross join current_run
    inner join identifiers
        on
            order_lines.identifier_type = identifiers.identifier_type
            and order_lines.identifier_value = identifiers.identifier_value
    inner join products
        on
            order_lines.product_id = products.product_id
            and {{ id_space('order_lines.product_id_space') }} = products.product_id_space
    {% if is_incremental() %}
        inner join restated on identifiers.identifier_id = restated.identifier_id
    {% endif %}
    where
        order_lines.order_date between current_run.business_date - 364
        and current_run.business_date
    group by identifiers.identifier_number, products.taste

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
    inner join identifiers on summed.identifier_number = identifiers.identifier_number

)

select * from final
