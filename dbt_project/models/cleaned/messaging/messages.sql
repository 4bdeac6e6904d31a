{{ config(materialized='view') }}

-- The messages to people that count.

select {{ columns_of('messages') }}
from {{ ref('int_messages_received') }}
where row_state = 'current'
