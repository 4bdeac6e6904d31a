"""What was bought on the site and in the app, account by account, for lists of all customers."""

import numpy as np

from simulator.export import Night
from simulator.world.histories import histories
from simulator.world.people import BLOCK

QUERY = """
create or replace table {table} as
with late as (
    -- an order of the day's last visit can be made after midnight: it is the next day's
    select
        visits.person,
        greatest(visits.account, {first_account}) as account,
        count(*) as orders,
        sum(orders.total + orders.shipping) as paid
    from orders inner join visits on orders.visit_id = visits.visit_id
    where visits.day <= {day} and orders.day > {day} and orders.place < 2
    group by all
)

select
    counted.* replace (
        counted.orders - coalesce(late.orders, 0) as orders,
        counted.paid - coalesce(late.paid, 0) as paid
    )
from {table}_counted as counted left join late using (person, account)
"""


def show_purchases(night: Night, blocks: range, table: str, *, with_guests: bool) -> None:
    """Make a table with a row per person and account: ``account`` is 1 or 2.

    Its columns are ``orders``, ``paid`` in won with shipping and net of returns,
    ``first_order_day``, ``last_order_day`` and ``last_visit_day``.

    Parameters
    ----------
    with_guests
        Whether what a guest buys counts for the first account, whose address a guest gives.
    """
    past = histories(night.company, blocks, night.day)
    orders, paid = past.orders[1:].copy(), past.paid[1:].copy()
    if with_guests:
        orders[0] += past.orders[0]
        paid[0] += past.paid[0]
    size = orders.shape[1]
    night.table(
        f"{table}_counted",
        person=np.tile(np.arange(size) + blocks.start * BLOCK, 2),
        account=np.repeat([1, 2], size),
        orders=orders.ravel(),
        paid=paid.ravel(),
        first_order_day=past.first_order.ravel(),
        last_order_day=past.last_order.ravel(),
        last_visit_day=past.last_visit.ravel(),
    )
    night.connection.execute(
        QUERY.format(table=table, day=night.day, first_account=int(with_guests))
    )
