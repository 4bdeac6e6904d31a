{{ config(materialized='view') }}

-- The responses to campaigns that count.

select {{ columns_of('campaign_responses') }}
from {{ ref('int_campaign_responses_received') }}
where row_state = 'current'
