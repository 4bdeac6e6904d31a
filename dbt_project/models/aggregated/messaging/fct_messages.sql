select
    source_system,
    message_id,
    campaign_id,
    coalesce(campaign_source_system, source_system) as campaign_source_system,
    {{ identifier_id('identifier_type', 'identifier_value') }} as identifier_id,
    channel,
    sent_date
from {{ ref('messages') }}
