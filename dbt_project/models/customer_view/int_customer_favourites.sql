-- What a customer chose most in the last 365 days. Ties go to the first in alphabetical order.

with

heaviest as (

    select
        customer_id,
        taste,
        {{ top_values('choice', 'weight', 3) }} as choices,
        max(weight) as weight,
        cast(sum(weight) as decimal(18, 4)) as taste_weight
    from {{ ref('int_customer_choices') }}
    group by customer_id, taste

),

headed as (

    select
        customer_id,
        taste,
        choices,
        {{ list_item('choices', 1) }} as favourite,
        {{ share_of('weight', 'taste_weight') }} as favourite_share
    from heaviest

),

final as (

    select
        customer_id,
        cast(max(favourite) filter (where taste = 'hour') as integer) as favourite_hour,
        max(favourite) filter (where taste = 'department') as favourite_department,
        max(favourite) filter (where taste = 'weekday') as favourite_weekday,
        max(favourite_share) filter (where taste = 'brand') as favourite_brand_share,
        max(choices) filter (where taste = 'category') as favourite_categories,
        max(choices) filter (where taste = 'brand') as favourite_brands
    from headed
    group by customer_id

)

select * from final
