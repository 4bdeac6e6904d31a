select
    messages.source_system,
    messages.message_id,
    messages.campaign_id,
    identifiers.identifier_id,
    messages.channel,
    messages.sent_date
from {{ ref('messages') }} as messages
left join {{ ref('identifiers') }} as identifiers
    on
        messages.identifier_type = identifiers.identifier_type
        and messages.identifier_value = identifiers.identifier_value
