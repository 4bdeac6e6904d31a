{{ config(unique_key=['source_system', 'promotion_id']) }}

-- Every promotion ever received: twenty million rows a year.

with

final as (

    {{ union_of('promotions') }}

)

select * from final
