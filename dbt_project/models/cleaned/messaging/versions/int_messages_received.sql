{{ config(unique_key=['source_system', 'message_id']) }}

-- Every message to a person ever received, and which version of it counts.

with

final as (

    {{ union_of('messages') }}

)

select * from final
