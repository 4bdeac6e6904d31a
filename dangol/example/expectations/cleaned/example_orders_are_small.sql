-- no line of the example's orders has more than a thousand units
-- why: the shop sells to consumers: more is a slip, or an amount in the wrong column
-- severity: warning
-- do: ask the shop for a corrected file
-- needs: order_lines
select order_id, order_line_id, quantity
from cleaned.order_lines
where
    source_system = 'example'
    and quantity > 1000
    and _load_id in (select load_id from ops.loads where is_new)
