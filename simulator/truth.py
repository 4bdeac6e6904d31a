"""The truth that no export contains, as Parquet files beside the landing zone.

============================ =====================================================================
``records/<day>``            whom each row of each file is about (person -1: a robot), and a key
                             that links it to the world
``mistakes/<day>``           wrong values by row and column, and the correct ones
``incidents/<day>``          what went wrong with files, and when they arrived
``visits/<day>``             each visit: who, where, its last click, and its true causes
``orders/<day>``             each order: who, how much, which channels caused it
``reactions/<day>``          each answer to an order, with the satisfaction behind its words
``effects/<day>``            by channel: its true effect, and what its last clicks claim
``people/<block>``           everyone: household, names, rates, tastes, first and last day
``identifiers/<block>``      every e-mail, number, account and card: whose, since when
                             (null: an address that only some forms have)
``future/<day>/<block>``     what each person will do in the 30, 90, 180 and 365 days after it
``channels``                 the parameters of advertisements and messages
``experiments``              the A/B tests and their true lifts
============================ =====================================================================
"""

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import numpy as np

from dangol.scratch import open_scratch
from simulator.company import EPOCH, Company
from simulator.night import Connection, Night
from simulator.words.vocabulary import create_vocabulary
from simulator.world.baskets import baskets, totals
from simulator.world.behaviour import visits
from simulator.world.catalogue import make_catalogue
from simulator.world.contacts import contacts
from simulator.world.identities import add_persons
from simulator.world.people import NEVER, block

HORIZONS = (30, 90, 180, 365)
"""The horizons of the future truth, in days."""


def write_world(company: Company, folder: Path) -> None:
    """Write the parameters of channels and experiments; no file if there are none."""
    channels = [{"channel": n, **asdict(each)} for n, each in enumerate(company.channels)]
    experiments = [{"experiment": n, **asdict(each)} for n, each in enumerate(company.experiments)]
    pairs = [asdict(pair) for pair in company.interactions]
    with open_scratch() as connection:
        for name, rows in (
            ("channels", channels),
            ("interactions", pairs),
            ("experiments", experiments),
        ):
            if not rows:
                continue
            listed = f"create table {name} as select unnest($rows, recursive := true)"
            connection.execute(listed, {"rows": rows})
            copy(connection, name, folder / f"{name}.parquet")


def write_day_truth(night: Night, folder: Path) -> None:
    """Write what truly happened on a day.

    Parameters
    ----------
    night
        The day, with its facts and its files' ``records``, ``mistakes`` and ``incidents``.
    """
    for name, query in (
        ("records", "select * from records"),
        ("mistakes", "select * from mistakes order by all"),
        ("incidents", "select * from incidents order by all"),
        ("visits", VISITS),
        ("orders", ORDERS),
        ("reactions", REACTIONS_TABLE),
        ("effects", EFFECTS),
    ):
        text = query.format(day=night.day)
        copy(night.connection, f"({text})", folder / name / f"{night.date}.parquet")


def write_block_truth(
    company: Company, number: int, last: int, folder: Path, *, has_future: bool = True
) -> None:
    """Write who a block of people are, by which identifiers they are known, and what they will do.

    Parameters
    ----------
    last
        The number of the day after which the future begins.
    has_future
        Whether to write what they will do.
    """
    name = f"{number:05d}.parquet"
    with open_scratch() as connection:
        create_vocabulary(connection, company)
        add_persons(connection, company, block(company, number).person)
        copy(connection, PEOPLE.format(never=NEVER), folder / "people" / name)
        copy(connection, IDENTIFIERS.format(never=NEVER), folder / "identifiers" / name)
        if not has_future:
            return
        connection.register("coming", future(company, number, last))
        path = folder / "future" / f"{EPOCH + timedelta(days=last)}" / name
        copy(connection, "(select * from coming order by person)", path)


def future(company: Company, number: int, last: int) -> dict[str, np.ndarray]:
    """Compute what a block of people will do.

    Parameters
    ----------
    last
        The number of the day after which the future begins.

    Returns
    -------
    dict of str to array
        ``person``, ``is_alive`` (not gone for good) and, for each horizon, ``orders_…`` and
        ``spend_…`` in won without shipping; shape ``(people,)``.
    """
    people, book = block(company, number), contacts(company, number)
    told: dict[str, np.ndarray] = {
        "person": people.person,
        "is_alive": (people.joined_day <= last) & (last + 1 < people.gone_day),
    }
    some = visits(company, people, book, last + 1, last + HORIZONS[-1], with_causes=False)
    orders = some.where(some.is_order)
    lines = baskets(company, people, make_catalogue(company.draws), orders)
    spent = totals(lines, len(orders))
    for days in HORIZONS:
        inside = orders.day <= last + days
        who = orders.local[inside]
        told[f"orders_{days}"] = np.bincount(who, minlength=len(people))
        told[f"spend_{days}"] = np.bincount(
            who, weights=spent[inside], minlength=len(people)
        ).astype(np.int64)
    return told


def copy(connection: Connection, table: str, path: Path) -> None:
    """Write a table to Parquet, atomically."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.unfinished")
    source = table if table.startswith("(") else f"(select * from {table})"
    connection.execute(f"copy {source} to '{temporary}' (format parquet)")
    temporary.replace(path)


DUE_TO = """list_sort(list_filter(
            (select list(channel_name order by channel) from channels),
            lambda name, place: (due_to >> (place - 1)) & 1 = 1
        ))"""

VISITS = f"""
select
    visit_id,
    person,
    date_of(day) as visit_date,
    ['web', 'app', 'store'][place + 1] as place,
    at_utc(started_ms) as started_at,
    case source when 20 then 'direct' when 21 then 'organic_search' when 22 then 'referral'
        else (select list(channel_name order by channel) from channels)[source + 1] end
        as last_click,
    {DUE_TO} as due_to,
    is_order,
    experiment,
    variant,
    order_due_to_variant,
    cookie::varchar as cookie,
    account
from visits where day = {{day}} order by visit_id
"""

ORDERS = f"""
select
    visit_id,
    order_name(visit_id) as order_name,
    person,
    date_of(day) as order_date,
    at_utc(at_ms) as ordered_at,
    ['web', 'app', 'store'][place + 1] as place,
    store,
    total,
    shipping,
    card_person,
    {DUE_TO} as due_to
from orders where day = {{day}} order by visit_id
"""

REACTIONS_TABLE = """
select
    visit_id,
    person,
    ['review', 'ticket', 'call', 'typeform', 'qualtrics', 'mention'][kind + 1] as kind,
    at_utc(at_ms) as reacted_at,
    satisfaction
from reactions where day = {day} order by visit_id, kind
"""

EFFECTS = """
with told as (
    select
        visits.visit_id, visits.source, visits.due_to, visits.is_order,
        coalesce(orders.total, 0) as total
    from visits left join orders on visits.visit_id = orders.visit_id
    where visits.day = {day}
)

select
    channels.channel_name,
    date_of({day}) as effect_date,
    count(*) filter ((due_to >> channel) & 1 = 1) as visits_added,
    count(*) filter ((due_to >> channel) & 1 = 1 and is_order) as orders_added,
    coalesce(sum(total) filter ((due_to >> channel) & 1 = 1), 0)::bigint as spend_added,
    count(*) filter (source = channel) as visits_claimed,
    count(*) filter (source = channel and is_order) as orders_claimed,
    coalesce(sum(total) filter (source = channel), 0)::bigint as spend_claimed
from channels left join told on true
group by channel, channel_name order by channel
"""

PEOPLE = """(
select
    * exclude (local),
    date_of(joined_day) as joined_date,
    if(gone_day < {never} // 2, date_of(gone_day), null) as gone_date
from person_rows order by person
)"""

IDENTIFIERS = """(
with known as (
    select person, 'email' as kind, email as value, joined_day as since_day from person_rows
    union all
    select person, 'email', second_email, least(second_email_day, second_account_day)
    from person_rows
    union all
    select person, 'phone', phone_number, joined_day from person_rows
    union all
    select person, 'phone', second_phone_number, number_change_day from person_rows
    union all
    select person, 'account', customer_id(email_number)::varchar, account_day from person_rows
    union all
    select person, 'account', customer_id(second_email_number)::varchar, second_account_day
    from person_rows
    union all
    -- a shared card is there since the first of those who share it wanted one
    select card_person, 'card', card_text(any_value(card_number)), min(card_day)
    from person_rows group by card_person
    union all
    select card_person, 'card', card_text(second_card_number), second_card_day from person_rows
    where card_person = person
)

select person, kind, value, if(since_day < {never} // 2, date_of(since_day), null) as since_date
from known where kind = 'email' or since_day < {never} // 2 order by person, kind, value
)"""
