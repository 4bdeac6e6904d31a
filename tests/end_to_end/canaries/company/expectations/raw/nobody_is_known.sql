-- nobody is known at the gate raw
-- why: a query of the company's own may return whatever its tables have
-- severity: warning
-- do: nothing, it always fails
select members.*, orders.note as text, orders.phone as contact
from raw.shop__orders as orders
left join raw.club__members as members on orders.member_no = members.member_no
