with

promotions as (

    select * from {{ source('grocer_catalogue', 'promotions') }}

),

final as (

    select
        ---------- ids
        'grocer_catalogue' as source_system,
        product_id,
        store_id,

        ---------- text
        nullif(display_location, '0') as display_location,
        nullif(mailer_location, '0') as mailer_location,

        ---------- numbers
        week,

        ---------- where it came from
        _load_id,
        _row
    from promotions

)

select * from final
