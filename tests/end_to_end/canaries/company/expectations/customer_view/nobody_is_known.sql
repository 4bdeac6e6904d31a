-- nobody is known at the gate customer_view
-- why: a query of the company's own may return whatever its tables have
-- severity: warning
-- do: nothing, it always fails
select customers.*, records.city as town, upper(records.record_id) as text
from customer_view.customers as customers
cross join cleaned.contact_records as records
