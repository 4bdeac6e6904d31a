select
    messages.source_system,
    messages.message_id,
    messages.campaign_id,
    identifiers.identifier_id,
    messages.channel,
    messages.sent_date,
    coalesce(messages.campaign_source_system, messages.source_system) as campaign_source_system
from {{ ref('messages') }} as messages
left join {{ ref('identifiers') }} as identifiers
    on
        messages.identifier_type = identifiers.identifier_type
        and messages.identifier_value = identifiers.identifier_value
