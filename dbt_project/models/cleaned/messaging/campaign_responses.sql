-- An answer to a campaign: the latest delivery of it holds, unless its file was corrected.

{{ latest_delivered_rows(
    ref('int_campaign_responses_received'), ['source_system', 'response_id']
) }}
