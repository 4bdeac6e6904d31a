"""The device registrations: a part of the exports of ``iot.py``."""

import numpy as np

from simulator.common.contact_forms import known_phone
from simulator.night import Night
from simulator.systems.iot_lives import Lives, Owners
from simulator.world.identities import show_others

COLUMNS = (
    "person, account_day, email_number, email, number_change_day, phone_number, second_phone_number"
)

REGISTRATIONS = """
with named as (
    select
        iot_said.*,
        hour_ms({day}, 10) + 1000 * (
            roll(owner * 100000 + {day}, 'iot registers', 39000)
            + if(is_next, 120 + roll(owner, 'iot takes over', 900), 0)
        ) as said_ms,
        people.*,
        account_day <= from_day as has_account,
        roll(iot_said.person, 'iot known by', 10) as known_by,
        {phone} as known_phone,
        case
            when has_account and known_by < 5 then customer_id(email_number)::varchar
            when known_by < 8 then email
            else phone_as_written(known_phone, people.person)
        end as clean_ref,
        if(position('@' in clean_ref) > 0 and slips(people.person, 'iot e-mail', 0.03),
            mistyped_email(clean_ref, people.person), clean_ref) as person_ref,
        if(from_day = {day}, said_ms, hour_ms(from_day, 10) + 1000 * roll(
            owner * 100000 + from_day, 'iot registers', 39000)) as registered_ms
    from iot_said inner join (
        select {columns} from persons where person in (select person from iot_said)
        union
        select {columns} from iot_persons
    ) as people on iot_said.person = people.person
)

select
    iot_device_id(owner, kind) as device_id,
    person_ref,
    korea_iso(registered_ms) as registered_at,
    if(is_release, korea_iso(said_ms), null) as released_at,
    person as _person,
    device_id as _key,
    if(person_ref <> clean_ref, clean_ref, null) as _clean_person_ref
from named
order by said_ms, device_id, is_release desc
"""


def registrations(night: Night, owners: Owners, found: Lives) -> str:
    """Return a query for the registrations and releases of a day.

    Parameters
    ----------
    owners, found
        The owners of the devices, and the devices' lives.

    Returns
    -------
    str
        It reads tables that this function fills.
    """
    day, rows = night.day, []
    for is_next, is_release, on, since, person in (
        (False, False, found.registered_day, found.registered_day, owners.person),
        (False, True, found.released_day, found.registered_day, owners.person),
        (True, False, found.next_registered_day, found.next_registered_day, found.next_person),
    ):
        now = on == day
        rows.append((owners.person[now], owners.kind[now], person[now], since[now],
                     np.full(now.sum(), is_next), np.full(now.sum(), is_release)))  # fmt: skip
    names = ("owner", "kind", "person", "from_day", "is_next", "is_release")
    columns = (np.concatenate(parts) for parts in zip(*rows, strict=True))
    said = dict(zip(names, columns, strict=True))
    night.table("iot_said", **said)

    show_others(night, np.unique(said["person"][said["is_next"]]), "iot_persons")
    return REGISTRATIONS.format(day=day, columns=COLUMNS, phone=known_phone("from_day"))
