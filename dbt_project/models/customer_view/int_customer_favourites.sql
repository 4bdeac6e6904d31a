-- What a customer chose most in the last 365 days. A tie goes to the first in the alphabet.

with

heaviest as (

    select
        customer_id,
        taste,
        arg_min(choice, (-weight, choice), 3) as choices,
        max(weight) as weight,
        sum(weight) as taste_weight
    from {{ ref('int_customer_choices') }}
    group by customer_id, taste

),

final as (

    select
        customer_id,
        max({{ share_of('weight', 'taste_weight') }}) filter (where taste = 'brand')
            as favourite_brand_share,
        cast(max(choices[1]) filter (where taste = 'hour') as integer) as favourite_hour,
        max(choices[1]) filter (where taste = 'department') as favourite_department,
        max(choices[1]) filter (where taste = 'weekday') as favourite_weekday,
        any_value(choices) filter (where taste = 'category') as favourite_categories,
        any_value(choices) filter (where taste = 'brand') as favourite_brands
    from heaviest
    group by customer_id

)

select * from final
