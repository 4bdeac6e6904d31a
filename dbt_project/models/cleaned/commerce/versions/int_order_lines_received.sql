{{ config(unique_key=['source_system', 'order_id', 'order_line_id']) }}

-- Every order line ever received, and which version of it counts.

with

final as (

    {{ union_of('order_lines') }}

)

select * from final
