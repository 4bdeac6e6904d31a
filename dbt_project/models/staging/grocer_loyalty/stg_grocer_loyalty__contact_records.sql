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

        ---------- text: attributes that only this company has
        {{ clean_text('age') }} as own_age_band,
        {{ clean_text('income') }} as own_income_band,
        {{ clean_text('home_ownership') }} as own_home_ownership,
        {{ clean_text('marital_status') }} as own_marital_status,
        {{ clean_text('household_size') }} as own_household_size,
        {{ clean_text('household_comp') }} as own_household_composition,
        {{ clean_text('kids_count', zero_is_a_value=true) }} as own_kids_count,

        ---------- where it came from
        _load_id,
        _row
    from members

)

select * from final
