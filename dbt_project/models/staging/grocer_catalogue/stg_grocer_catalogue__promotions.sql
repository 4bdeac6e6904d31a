with

promotions as (

    select * from {{ source('grocer_catalogue', 'promotions') }}

),

final as (

    select
        ---------- ids
        'grocer_catalogue' as source_system,
        _place as promotion_id,
        product_id,
        store_id,

        ---------- numbers
        week,

        ---------- where it came from
        _load_id,
        _row,

        ---------- text: 0 is neither on display nor in the mailer
        nullif(display_location, '0') as display_location,
        nullif(mailer_location, '0') as advert_location
    from promotions

)

select * from final
