-- no line of an invoice is above a thousand pounds
-- why: the dearest thing on our shelves is a tenth of that, so a till has slipped a decimal point
-- severity: warning
-- do: ask the store for a correction of the day (_r1)
-- needs: order_lines
select order_id, net_amount
from cleaned.order_lines
where net_amount > 1000
