with

coupons as (

    select
        campaign_id,
        coalesce(campaign_source_system, source_system) as source_system,
        count(distinct coupon_id) as coupon_count
    from {{ ref('coupons') }}
    group by coalesce(campaign_source_system, source_system), campaign_id

),

messages as (

    select
        campaign_id,
        coalesce(campaign_source_system, source_system) as source_system,
        count(*) as message_count
    from {{ ref('messages') }}
    group by coalesce(campaign_source_system, source_system), campaign_id

),

responses as (

    select
        campaign_id,
        coalesce(campaign_source_system, source_system) as source_system,
        count(*) as response_count,
        count(distinct identifier_value) as responding_identifier_count
    from {{ ref('campaign_responses') }}
    group by coalesce(campaign_source_system, source_system), campaign_id

),

final as (

    select
        campaigns.source_system,
        campaigns.campaign_id,
        campaigns.campaign_type,
        campaigns.start_date,
        campaigns.end_date,
        coalesce(coupons.coupon_count, 0) as coupon_count,
        coalesce(messages.message_count, 0) as message_count,
        coalesce(responses.response_count, 0) as response_count,
        coalesce(responses.responding_identifier_count, 0) as responding_identifier_count
    from {{ ref('campaigns') }} as campaigns
    left join coupons
        on
            campaigns.source_system = coupons.source_system
            and campaigns.campaign_id = coupons.campaign_id
    left join messages
        on
            campaigns.source_system = messages.source_system
            and campaigns.campaign_id = messages.campaign_id
    left join responses
        on
            campaigns.source_system = responses.source_system
            and campaigns.campaign_id = responses.campaign_id

)

select * from final
