-- nobody is known at the gate aggregated
-- why: a query of the company's own may return whatever its tables have
-- severity: warning
-- do: nothing, it always fails
select identifiers.*, orders.order_id, identifiers.identifier_value as text
from identity.identifiers as identifiers
inner join aggregated.fct_orders as orders on identifiers.identifier_id = orders.identifier_id
