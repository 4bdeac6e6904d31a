-- Everyone with an account.

select
    'accounts' as source_system,
    customer_id as record_id,
    'account' as identifier_type,
    customer_id as identifier_value,
    {{ clean_text('country') }} as country,
    joined as joined_date,
    price_band as own_price_band,
    _load_id,
    _row
from {{ source('accounts', 'accounts') }}
