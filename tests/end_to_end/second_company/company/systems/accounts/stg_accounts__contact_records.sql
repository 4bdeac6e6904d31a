-- Everyone with an account.

with

received as (

    select * from {{ source('accounts', 'accounts') }}

),

final as (

    select
        ---------- ids
        'accounts' as source_system,
        received.customer_id as record_id,
        'account' as identifier_type,
        received.customer_id as identifier_value,
        {{ clean_text('received.country') }} as country,
        received.joined as joined_date,
        received.price_band as own_price_band,

        ---------- where it came from
        received._load_id,
        received._row
    from received

)

select * from final
