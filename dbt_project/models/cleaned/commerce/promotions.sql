{{ config(materialized='view') }}

-- The products on display or in an advert of a store in a week.

select {{ columns_of('promotions') }}
from {{ ref('int_promotions_received') }}
where row_state = 'current'
