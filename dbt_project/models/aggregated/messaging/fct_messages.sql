select
    source_system,
    message_id,
    campaign_id,
    {{ identifier_id('identifier_type', 'identifier_value') }} as identifier_id,
    channel,
    sent_date
from {{ ref('messages') }}
