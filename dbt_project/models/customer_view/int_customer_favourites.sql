-- What a customer chose most in the last 365 days. A tie goes to the first in the alphabet.

with

ranked as (

    select
        *,
        sum(weight) over (partition by customer_id, taste) as taste_weight,
        row_number()
            over (partition by customer_id, taste order by weight desc, choice asc)
            as standing
    from {{ ref('int_customer_choices') }}

),

final as (

    select
        customer_id,
        cast(
            max(weight / nullif(taste_weight, 0)) filter (where taste = 'brand' and standing = 1)
            as decimal(6, 4)
        ) as favourite_brand_share,
        cast(max(choice) filter (where taste = 'hour' and standing = 1) as integer)
            as favourite_hour,
        max(choice) filter (where taste = 'department' and standing = 1) as favourite_department,
        max(choice) filter (where taste = 'weekday' and standing = 1) as favourite_weekday,
        list(choice order by standing) filter (where taste = 'category' and standing <= 3)
            as favourite_categories,
        list(choice order by standing) filter (where taste = 'brand' and standing <= 3)
            as favourite_brands
    from ranked
    group by customer_id

)

select * from final
