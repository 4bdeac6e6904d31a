{{ config(materialized='view') }}

-- A product on display or in the mailer of a store in a week. Superseded files are left out.

select {{ columns_of('promotions') }}
from {{ ref('int_promotions_received') }}
where
    _load_id not in (
        select loads.load_id
        from {{ source('ops', 'loads') }} as loads
        where loads.superseded_by is not null
    )
