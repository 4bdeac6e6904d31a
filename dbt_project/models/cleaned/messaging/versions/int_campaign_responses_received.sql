{{ config(unique_key=['source_system', 'response_id']) }}

-- Every response to a campaign ever received, and which version of it counts.

with

final as (

    {{ union_of('campaign_responses') }}

)

select * from final
