"""How long consent lasts: companies that advertise must reconfirm it within two years.

Korea's network act (article 50, paragraph 8) requires every consent to be confirmed every two
years. Dangol Mart sends the notice in 61 batches, so it comes 1 to 61 days early, by the same
number of days each time for a person. The consent continues unless the person objects. If the
notice bounces, the consent lapses some days later: a permission that ends shortly after a notice
has lapsed, any other end is a withdrawal.
"""

import numpy as np

from simulator.company import Company
from simulator.draws import Integers
from simulator.night import Connection
from simulator.world.contacts import contacts
from simulator.world.people import BLOCK, NEVER

VALID_DAYS = 730
"""Two years, without leap days."""

BATCHES = 61

POLICIES = ((0, "2024-02"), (20_089, "2025-01"), (20_270, "2025-07"), (20_468, "2026-01"))
"""The first day of each version of the privacy policy, and its name."""

MACROS = f"""
-- days between two notices: two years less the batch's lead
create or replace macro notice_period(person) as {VALID_DAYS - 1} - person % {BATCHES};

-- whether a permission ended because the notice came back
create or replace macro has_lapsed(person, since, until) as
    until < {NEVER} and until - since > notice_period(person)
    and (until - since) % notice_period(person) between 1 and 1 + person % {BATCHES};

-- the day of the yes, or of its last confirmation before or on a day on which it holds
create or replace macro confirmed_day(person, since, until, day) as
    since + greatest(0, (day - since) // notice_period(person) - if(
        has_lapsed(person, since, until) and until - since - (day - since)
        // notice_period(person) * notice_period(person) <= 1 + person % {BATCHES}, 1, 0
    )) * notice_period(person);

-- when on the day a person fills in a form, with all of its ticks; most do in the evening
create or replace macro said_ms(person, day) as midnight_ms(day) + 1000 * (
    roll(person * 100000 + day, 'said at', 3600) + 3600 * one_of(
        [7, 8, 9, 10, 11, 12, 12, 13, 14, 15, 16, 17, 18, 19, 20, 20, 21, 21, 22, 23],
        person * 100000 + day, 'said in hour'
    )
);

-- when the notice of two years comes: each batch goes out within half an hour
create or replace macro notice_ms(person, day) as hour_ms(day, 10)
    + roll(person * 100000 + day, 'notice', 1800) * 1000;

-- the version of the privacy policy on a day
create or replace macro policy_version(day) as case
    {" ".join(f"when day >= {since} then '{name}'" for since, name in reversed(POLICIES))}
end;

-- when somebody takes a yes back, the same in all systems
create or replace macro left_ms(person, permission, day) as
    hour_ms(day, 7) + roll(person || '-' || permission, 'braze change', hours_ms(16));
-- by which of a hundred ways: what each is, every system's query says
create or replace macro way_out(person, permission) as
    roll(person || '-' || permission, 'braze leaves', 100);

-- a no to e-mails, by the link in one of them or in the preference centre
create or replace macro leaves_by_link(person) as way_out(person, 0) < 75;
"""


def create_macros(connection: Connection) -> None:
    """Create macros for when a permission was given, confirmed and ended."""
    connection.execute(MACROS)


def confirmed(company: Company, number: int, first: int, last: int) -> dict[str, Integers]:
    """List the permissions of a block of people that are confirmed on some days.

    Parameters
    ----------
    first, last
        Day numbers, both included.

    Returns
    -------
    dict of str to Integers
        ``person``, ``permission`` (position in ``PERMISSIONS``) and ``day``, one entry per
        permission: a span must not be long enough for two notices.
    """
    book = contacts(company, number)
    since, until = book.allowed_from, book.allowed_until
    person = (number * BLOCK + np.arange(len(since)))[:, None]
    lead = 1 + person % BATCHES
    period = VALID_DAYS - lead
    day = since + (last - since) // period * period
    keeps = (until > day) & ~((until > day) & (until <= day + lead))
    local, permission = np.nonzero((day > since) & (day >= first) & keeps)
    return {
        "person": local + number * BLOCK,
        "permission": permission,
        "day": day[local, permission],
    }


def denied(company: Company, number: int, first: int, last: int) -> dict[str, Integers]:
    """List what people of a block left unticked in the account form.

    Parameters
    ----------
    first, last
        Day numbers, both included.

    Returns
    -------
    dict of str to Integers
        As from :func:`confirmed`.
    """
    book = contacts(company, number)
    signs_up = (first <= book.account_day) & (book.account_day <= last)
    local, permission = np.nonzero(signs_up[:, None] & (book.allowed_from == NEVER))
    return {
        "person": local + number * BLOCK,
        "permission": permission,
        "day": book.account_day[local],
    }
