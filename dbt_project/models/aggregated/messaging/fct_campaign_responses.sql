select
    source_system,
    response_id,
    campaign_id,
    coalesce(campaign_source_system, source_system) as campaign_source_system,
    coupon_id,
    {{ identifier_id('identifier_type', 'identifier_value') }} as identifier_id,
    response_type,
    response_date
from {{ ref('campaign_responses') }}
