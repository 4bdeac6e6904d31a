{{ config(unique_key=['source_system', 'campaign_id']) }}

-- Every campaign ever received, and which version of it counts.

with

final as (

    {{ union_of('campaigns') }}

)

select * from final
