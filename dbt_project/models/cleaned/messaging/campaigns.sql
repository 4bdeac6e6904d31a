-- A campaign: the latest delivery of it holds, unless its file was corrected.

{{ latest_delivered_rows(ref('int_campaigns_received'), ['source_system', 'campaign_id']) }}
