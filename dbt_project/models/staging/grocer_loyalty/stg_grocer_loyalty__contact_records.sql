with

members as (

    select * from {{ source('grocer_loyalty', 'members') }}

),

final as (

    select
        ---------- ids
        'grocer_loyalty' as source_system,
        household_id as record_id,
        'loyalty_member' as identifier_type,
        household_id as identifier_value,

        ---------- text
        {{ clean_text('age') }} as age_band,
        {{ clean_text('income') }} as income_band,
        {{ clean_text('home_ownership') }} as home_ownership,
        {{ clean_text('marital_status') }} as marital_status,
        {{ clean_text('household_size') }} as household_size,
        {{ clean_text('household_comp') }} as household_composition,
        {{ clean_text('kids_count', zero_is_a_value=true) }} as kids_count,

        ---------- where it came from
        _load_id,
        _row
    from members

)

select * from final
