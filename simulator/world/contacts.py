"""How each person can be identified: accounts, cards, phones, addresses, devices, permissions.

Phone numbers and addresses are permutations of the person's number, so they are unique without a
list of those in use. Everything that changes has the day of the change.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from simulator import data
from simulator.company import Company, day_number
from simulator.draws import Integers, pick, shuffled
from simulator.world.arrays import Arrays, Booleans
from simulator.world.people import KEPT_BLOCKS, NEVER, People, block

PHONES = 20_000_000
"""010-0000-0000 to 010-1999-9999. Real exchanges begin with 2 to 9, so none of these rings."""

FOREIGN_PHONES = 4_000
"""+1 NPA 555-0100 to 555-0199, reserved for fiction, in forty area codes."""

PERMISSIONS = ("email", "push", "sms", "kakao", "ads", "night")
"""What a customer can consent to; ``night`` is receiving messages between 21:00 and 08:00."""

SAYS_YES = (0.62, 0.55, 0.38, 0.52, 0.70, 0.08)


@dataclass(frozen=True)
class Contacts(Arrays):
    """The contact points of a block of people, arrays of shape ``(people,)``.

    A day of ``NEVER`` means that the person has no such thing.

    Parameters
    ----------
    account_day, second_account_day
        The day of the web shop account, and of a second one, created because the first was
        forgotten.
    app_day, is_ios
        The day the app was installed, and the kind of phone.
    card_day, second_card_day, card_person
        The day of the loyalty card and, after a loss, of its replacement; whose card is shown at
        the till: couples share one.
    phone, second_phone, phone_change_day
        Numbers below ``PHONES``; foreign ones from there on. The second may be one that someone
        else gave up earlier.
    email_provider, second_email_provider, second_email_day
        Positions in ``providers.csv``: domains that can't exist, with the shares of the real ones
        that they represent.
    shares_phone, shares_device
        Whether the household has one number on file, or one shared computer.
    move_day
        From when the second address is valid.
    cookie_days, cookie_phase
        A browser loses its cookie every ``cookie_days`` days.
    hubspot_day, salesforce_day, mailchimp_day, klaviyo_day, onetrust_day
        The day from which the system knows the person.
    allowed_from, allowed_until
        Days of consent and of withdrawal for each of ``PERMISSIONS``, shape ``(people,
        permissions)``.
    """

    account_day: Integers
    second_account_day: Integers
    app_day: Integers
    is_ios: Booleans
    card_day: Integers
    second_card_day: Integers
    card_person: Integers
    phone: Integers
    second_phone: Integers
    phone_change_day: Integers
    email_provider: Integers
    second_email_provider: Integers
    second_email_day: Integers
    shares_phone: Booleans
    shares_device: Booleans
    move_day: Integers
    cookie_days: Integers
    cookie_phase: Integers
    hubspot_day: Integers
    salesforce_day: Integers
    mailchimp_day: Integers
    klaviyo_day: Integers
    onetrust_day: Integers
    allowed_from: Integers
    allowed_until: Integers


@lru_cache(maxsize=KEPT_BLOCKS)
def contacts(company: Company, number: int) -> Contacts:
    """Make the contact points of a block of people.

    Returns
    -------
    Contacts
        The same on every call.
    """
    draws, people = company.draws, block(company, number)
    person, household = people.person, people.household
    opened = day_number(company.opened)
    start = np.maximum(people.joined_day, opened - 400)
    is_online = people.online_rate > 0.3 * people.store_rate
    is_member = people.household_size > 1

    def since(share: float | Integers, mean_days: float, what: str) -> Integers:
        """Draw a day after the first contact for a share of the people."""
        has = draws.chance(share, f"has {what}", person)
        wait = draws.exponential(mean_days, f"{what} after", person).astype(np.int64)
        return np.where(has & (start + wait < people.gone_day), start + wait, NEVER)

    account = np.where(is_online, since(0.9, 3, "account"), since(0.2, 60, "account"))
    second_account = np.where(account < NEVER, since(0.05, 250, "second account"), NEVER)
    card = since(0.72, 15, "card")
    card_shared = is_member & draws.chance(0.30, "shares card", household)
    phone, second, changed = _phones(company, people, start)
    allowed_from, allowed_until = _permissions(company, person, start)
    provider = draws.uniform("provider", person)
    other = draws.uniform("second provider", person)
    shares = data.numbers("words/providers", "share")
    foreign = data.numbers("words/providers", "share_of_foreigners")

    def provider_of(uniform: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Integers:
        return np.where(people.is_foreign, pick(uniform, foreign), pick(uniform, shares))

    return Contacts(
        account_day=account,
        second_account_day=np.where(second_account > account + 20, second_account, NEVER),
        app_day=np.where(account < NEVER, since(0.5, 120, "app"), NEVER),
        is_ios=draws.chance(np.where(people.birth_year > 1992, 0.6, 0.25), "is ios", person),
        card_day=card,
        second_card_day=np.where(card < NEVER, since(0.05, 400, "second card"), NEVER),
        card_person=np.where(card_shared, household, person),
        phone=phone,
        second_phone=second,
        phone_change_day=changed,
        email_provider=provider_of(provider),
        second_email_provider=provider_of(other),
        second_email_day=since(0.3, 300, "second e-mail"),
        shares_phone=is_member & (people.position > 0) & draws.chance(0.10, "shares phone", person),
        shares_device=is_member & draws.chance(0.35, "shares device", household),
        move_day=np.where(
            draws.chance(0.15, "moves", household),
            opened + draws.exponential(500, "moves after", household).astype(np.int64),
            NEVER,
        ),
        cookie_days=np.array((35, 90, 180, 400))[draws.choice((3, 3, 2, 2), "cookie days", person)],
        cookie_phase=draws.below(400, "cookie phase", person),
        hubspot_day=since(0.28, 30, "hubspot"),
        salesforce_day=since(0.15, 90, "salesforce"),
        mailchimp_day=since(0.25, 40, "mailchimp"),
        klaviyo_day=np.where(account < NEVER, since(0.55, 10, "klaviyo"), NEVER),
        onetrust_day=np.where(account < NEVER, since(0.4, 1, "onetrust"), NEVER),
        allowed_from=allowed_from,
        allowed_until=allowed_until,
    )


def is_allowed(book: Contacts, permission: str, days: Integers) -> Booleans:
    """Return who may be contacted on which day.

    Parameters
    ----------
    permission
        One of ``PERMISSIONS``.
    days
        Day numbers, shape ``(days,)``.

    Returns
    -------
    Booleans
        Shape ``(people, days)``.
    """
    column = PERMISSIONS.index(permission)
    since, until = book.allowed_from[:, column, None], book.allowed_until[:, column, None]
    return (since <= days) & (days < until)


def _phones(
    company: Company, people: People, start: Integers
) -> tuple[Integers, Integers, Integers]:
    """Draw first number, second number and the day of the change."""
    # a neighbour's old number, given up long enough ago, is reassigned, so a message can reach a
    # stranger
    draws, person = company.draws, people.person

    def first_number(who: Integers) -> Integers:
        return shuffled(who * 2, PHONES, company.seed)

    wait = draws.exponential(700, "phone change after", person).astype(np.int64)
    changed = day_number(company.opened) + wait
    changes = draws.chance(0.14, "phone changes", person)
    changes &= (start < changed) & (changed < people.gone_day)
    changed = np.where(changes, changed, NEVER)
    # one number for every sixteen people, as long as there are any
    seat = draws.below(16, "roams", person // 16)
    roams = people.is_foreign & (person % 16 == seat) & (person // 16 < FOREIGN_PHONES)
    # of two neighbours, the one who changes later gets the number that the other gave up
    neighbour = person ^ 4
    place = np.minimum(neighbour - person[0], len(person) - 1)
    is_reused = (changed[place] + 90 < changed) & (changed < NEVER) & ~roams[place]
    is_reused &= neighbour < company.customers
    second = np.where(
        is_reused, first_number(neighbour), shuffled(person * 2 + 1, PHONES, company.seed)
    )
    number = np.where(roams, PHONES + person // 16, first_number(person))
    return number, second, changed


def _permissions(company: Company, person: Integers, start: Integers) -> tuple[Integers, Integers]:
    """Return the days of consent and withdrawal."""
    draws, column = company.draws, np.arange(len(PERMISSIONS))
    who = person[:, None]
    yes = draws.chance(np.asarray(SAYS_YES), "says yes", who, column)
    wait = draws.below(3, "yes after", who, column)
    keeps = draws.exponential(1100, "no after", who, column).astype(np.int64)
    since = np.where(yes, start[:, None] + wait, NEVER)
    return since, np.where(yes, since + 1 + keeps, NEVER)
