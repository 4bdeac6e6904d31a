"""Connected appliances: every night the day's readings and the device registrations.

There is no common export for such devices, so the format is our own convention: gzipped JSON lines
in order of arrival. ``cups`` and ``litres`` are totals since the device was bought; the filter's
life falls steadily and jumps up when the filter is replaced. Traps: older firmware writes the time
as text, newer as milliseconds; an error code is a text among numbers; a tenth of the devices sends
SenML (RFC 8428), whose packs name unit and time once for several records and the filter's life as a
ratio; readings that are lost or sent again; clocks that drift or start in the year 2000. Only the
registrations link a device to a person: some are made late or never, and some are not removed when
the device is given away.
"""

import numpy as np

from simulator.company import Company
from simulator.draws import Floats, Integers
from simulator.export import Csv, Export, Exports, Lines, Night
from simulator.systems.iot_lives import FAMILY, Lives, Owners, last_services, lives
from simulator.systems.iot_registrations import registrations

NAME = "iot"

MACROS = """
-- a device's id: its kind and twelve hexadecimal digits
create or replace macro iot_device_id(owner, kind) as
    ['CM-', 'WP-', 'RV-'][kind + 1] || upper(substr(md5('iot device ' || owner), 1, 12));

-- tenths of what has run through so far: most of it from six to eleven
create or replace macro iot_counted(total, today, minute) as
    total + today * least(greatest(minute - 360, 0), 1020) // 1020;

-- a thousandth of a filter's life; a tenth longer than the refill is meant to last
create or replace macro iot_life(at_ms, last_ms, before_ms, days) as greatest(
    0, 1000 - (at_ms - if(at_ms < last_ms, before_ms, last_ms)) // (days * 95040)
);

-- per cent; an hour and a quarter of cleaning, then almost four of charging
create or replace macro iot_battery(starts, depth, minute) as case
    when minute between starts and starts + 75 then 100 - depth * (minute - starts) // 75
    when minute between starts and starts + 300
        then 100 - depth + depth * (minute - starts - 75) // 225
    else 100
end;
"""

READINGS = """
with speaking as (
    select
        iot_devices.*,
        iot_device_id(owner, kind) as device_id,
        if(has_place, coalesce(other.latitude, home.latitude), null)::double as latitude,
        if(has_place, coalesce(other.longitude, home.longitude), null)::double as longitude,
        if(is_new, '2.' || greatest(0, ({day} - 20200) // 90) || '.' || kind, '1.8.' || patch)
            as firmware
    from iot_devices
    inner join persons on iot_devices.owner = persons.person
    inner join districts as home
        on persons.province = home.region and persons.city = home.district
    left join districts as other on iot_devices.moved_to = other.number
),

timed as (
    select
        *,
        (owner * 100000 + {day}) * 8 + turn as key,
        midnight_ms({day}) + turn * (hours_ms(24) // readings)
        + roll(key, 'iot at', hours_ms(24) // readings) as at_ms,
        ms_of_day(at_ms) // 60000 as minute
    from speaking cross join (select unnest(range(8)) as turn)
    where turn < readings
),

sent as (
    select
        *,
        ({day} - since_day) * readings + turn as seq,
        iot_life(at_ms, last_ms, before_ms, refill_days) as life,
        if(starts_at_zero and turn < 2, 946684800000 + roll(key, 'iot boots', hours_ms(1)),
            at_ms + drift_ms) as told_ms,
        case
            when happens(key, 'iot error', if(life = 0, 0.08, 0.006)) then 'error_code'
            when turn % readings in (0, readings // 2) then 'filter_life_percent'
            else ['cups', 'litres', 'battery'][kind + 1]
        end as metric,
        slips(key, 'iot sent again', 0.008) as is_again
    from timed
    where at_ms >= hour_ms(since_day, 19) and turn < lost_from
    and not slips(key, 'iot lost', 0.004)
),

lines as (
    select
        *,
        iot_counted(total, today, minute) as counted,
        iot_counted(total, today, minute - 10) as counted_before,
        if(kind = 2, iot_battery(starts, depth, minute), null) as charge,
        'E' || one_of(['01', '02', '07', '11', '23'], key, 'iot which error') as error_code,
        if(is_new, told_ms::varchar, korea_iso(told_ms)) as ts,
        if(is_new, at_ms::varchar, korea_iso(at_ms)) as clean_ts,
        {told_seconds} as bt,
        {clean_seconds} as clean_bt,
        if(
            is_senml,
            '[{{"bn":"urn:dev:ops:32473-' || device_id || ':","bt":' || bt
            || ',"n":"firmware","vs":"' || firmware || '"}},' || case metric
                when 'error_code' then '{{"n":"error_code","vs":"' || error_code || '"}}'
                when 'cups' then '{{"bu":"count","n":"cups","v":' || counted // 10
                    || '}},{{"n":"cups","t":-600,"v":' || counted_before // 10 || '}}'
                when 'litres' then '{{"bu":"l","n":"litres","v":' || {counted}
                    || '}},{{"n":"litres","t":-600,"v":' || {counted_before} || '}}'
                when 'battery' then '{{"bu":"%EL","n":"battery","v":' || charge || '}}'
                else '{{"n":"filter_life","u":"/","v":' || {ratio} || '}}'
            end || if(
                kind = 2 and metric <> 'battery',
                ',{{"n":"battery","u":"%EL","v":' || charge || '}}', ''
            ) || ',{{"n":"seq","u":"count","v":' || seq || '}}' || coalesce(
                ',{{"n":"lat","u":"lat","v":' || latitude || '}},{{"n":"lon","u":"lon","v":'
                || longitude || '}}', ''
            ) || ']',
            '{{"device_id":"' || device_id || '","ts":' || if(is_new, ts, '"' || ts || '"')
            || ',"metric":"' || metric || '","value":' || case metric
                when 'error_code' then '"' || error_code || '","unit":null'
                when 'cups' then counted // 10 || ',"unit":"count"'
                when 'litres' then {counted} || ',"unit":"L"'
                when 'battery' then charge || ',"unit":"%"'
                else life // 10 || '.' || life % 10 || ',"unit":"%"'
            end || ',"seq":' || seq || ',"firmware":"' || firmware
            || '","lat":' || coalesce(latitude::varchar, 'null')
            || ',"lon":' || coalesce(longitude::varchar, 'null')
            || ',"battery":' || coalesce(charge::varchar, 'null') || '}}'
        ) as line
    from sent
),

arrived as (
    select *, at_ms as arrived_ms, false as is_copy from lines
    union all
    select
        *,
        least(at_ms + 5000 + roll(key, 'iot again after', hours_ms(2)),
            hour_ms({day}, 24) - 1),
        true
    from lines where is_again
)

select
    line,
    if(user >= 0, user, null) as _person,
    device_id as _key,
    if(told_ms = at_ms, null, if(is_senml, clean_bt, clean_ts)) as _clean_ts
from arrived
order by arrived_ms, device_id, seq, is_copy
"""


def exports(night: Night) -> Exports:
    """List the files of a night: readings and registrations every night."""
    night.connection.execute(MACROS)
    owners = _owners(night)
    found = lives(night.company, owners)
    night.table("iot_devices", **_states(night.company, owners, found, night.day))
    query = READINGS.format(
        day=night.day,
        told_seconds=_decimal("told_ms", 3),
        clean_seconds=_decimal("at_ms", 3),
        counted=_decimal("counted", 1),
        counted_before=_decimal("counted_before", 1),
        ratio=_decimal("life", 3),
    )
    yield Export(f"readings_{night.date}.ndjson.gz", query, Lines(compressed=True))
    query = registrations(night, owners, found)
    yield Export(f"registrations_{night.date}.csv", query, Csv())


def _owners(night: Night) -> Owners:
    """Return the owners of devices bought by the end of the day."""
    columns = night.connection.execute(
        """
        select
            devices.person, kind, since_day, devices.gone_day, household_size, refill_days
        from devices inner join persons on devices.person = persons.person
        where since_day <= ? and since_day < devices.gone_day
        order by devices.person
        """,
        [night.day],
    ).fetchnumpy()
    return Owners(**{name: np.asarray(column) for name, column in columns.items()})


def _states(company: Company, owners: Owners, found: Lives, day: int) -> dict[str, np.ndarray]:
    """Return the state and the daily use of each device that is active on a day."""
    draws, person, since = company.draws, owners.person, owners.since_day
    last, before = last_services(company, owners, day)
    is_changed = found.change_day <= day
    upgraded = since + draws.below(500, "iot upgrade", person)
    upgrades = draws.chance(0.6, "iot upgraded", person)
    # made in late 2025, or updated since
    is_new = (since >= 20_420) | (upgrades & (upgraded <= day))
    # two to seven cups, two to nine litres
    most = np.where(owners.kind == 0, 50, 70)
    a_day = 20 + most * draws.uniform("iot a day", person)
    total = _counted(company, owners, a_day, day)
    offline = company.dirty & draws.chance(0.012, "iot offline", person, day)
    drifts = company.dirty & draws.chance(0.025, "iot drifts", person)
    a_day_ms = draws.below(40_000, "iot drift", person) - 12_000
    columns = {
        "owner": person,
        "user": np.where(is_changed, found.next_person, person),
        "kind": owners.kind,
        "since_day": since,
        "refill_days": owners.refill_days,
        "readings": 4 + draws.below(5, "iot readings", person),
        "is_senml": draws.chance(0.1, "iot senml", person),
        "is_new": is_new,
        "patch": draws.below(4, "iot patch", person),
        "has_place": draws.chance(0.92, "iot place", person),
        # within the family it stays where it is
        "moved_to": np.where(
            is_changed & (found.change != FAMILY), draws.below(52, "iot moved", person), -1
        ),
        "last_ms": last,
        "before_ms": before,
        "total": total,
        "today": _counted(company, owners, a_day, day + 1) - total,
        "starts": np.where(
            draws.chance(0.6, "iot cleans", person, day),
            540 + draws.below(180, "iot at", person),
            9_999,
        ),
        "depth": 35 + draws.below(45, "iot depth", person, day),
        "lost_from": np.where(offline, draws.below(8, "iot offline from", person, day), 8),
        "drift_ms": np.where(drifts, (day - since) % 60 * a_day_ms, 0),
        "starts_at_zero": company.dirty & draws.chance(0.002, "iot without time", person, day),
    }
    speaks = (found.until_day > day) & (day >= since)
    return {name: column[speaks] for name, column in columns.items()}


def _counted(company: Company, owners: Owners, a_day: Floats, day: int) -> Integers:
    """Return each device's use before a day, in tenths; days differ."""
    age = day - owners.since_day
    uneven = np.where(age > 0, 0.4 * company.draws.uniform("iot uneven", owners.person, day), 0)
    return np.floor(a_day * (age + uneven)).astype(np.int64)


def _decimal(number: str, places: int) -> str:
    """Return SQL for an integer of tenths or thousandths as a decimal."""
    size = 10**places
    return f"({number} // {size} || '.' || lpad(({number} % {size})::varchar, {places}, '0'))"
