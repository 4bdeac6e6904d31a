-- nobody is known at the gate cleaned
-- why: a query of the company's own may return whatever its tables have
-- severity: warning
-- do: nothing, it always fails
select records.*, records.identifier_value as who, upper(records.record_id) as label
from cleaned.contact_records as records
