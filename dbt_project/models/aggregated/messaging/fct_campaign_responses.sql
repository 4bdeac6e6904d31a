select
    responses.source_system,
    responses.response_id,
    responses.campaign_id,
    responses.coupon_id,
    identifiers.identifier_id,
    responses.response_type,
    responses.response_date,
    coalesce(responses.campaign_source_system, responses.source_system) as campaign_source_system
from {{ ref('campaign_responses') }} as responses
left join {{ ref('identifiers') }} as identifiers
    on
        responses.identifier_type = identifiers.identifier_type
        and responses.identifier_value = identifiers.identifier_value
