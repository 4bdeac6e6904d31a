{{ config(unique_key=['source_system', 'refund_id']) }}

-- Every refunded line ever received, and which version of it counts.

with

final as (

    {{ union_of('refunds') }}

)

select * from final
