"""Connected appliances: keys of reference 3.19, SenML by RFC 8428, lifelike series."""

import csv
import gzip
import json
import re
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from itertools import pairwise

import duckdb
import numpy as np
import pytest

from simulator import data
from simulator.company import Company, day_number
from simulator.systems.iot_lives import (
    CUSTOMER,
    FAMILY,
    STRANGER,
    Owners,
    last_services,
    lives,
)
from simulator.words.vocabulary import create_vocabulary
from simulator.world.facts import Span, load_facts
from simulator.world.people import BLOCK, NEVER, block
from simulator.world.visits import HABIT, STORE
from tests.simulator.golden_files import golden

KEYS = ("device_id,ts,metric,value,unit,seq,firmware,lat,lon,battery").split(",")
FIRST, LAST = date(2026, 3, 2), date(2026, 3, 15)
CUSTOMERS = 2000
COMPANY = Company(CUSTOMERS, seed=7)
METRICS = {
    "CM": {"cups", "filter_life_percent", "error_code"},
    "WP": {"litres", "filter_life_percent", "error_code"},
    "RV": {"battery", "filter_life_percent", "error_code"},
}
UNITS = {
    "cups": "count", "litres": "L", "battery": "%", "filter_life_percent": "%", "error_code": None,
}  # fmt: skip
SENML_UNITS = {"cups": "count", "litres": "l", "battery": "%EL", "filter_life": "/",
               "seq": "count", "lat": "lat", "lon": "lon"}  # fmt: skip
"""Of IANA's registry of SenML units."""


def owners_of(company):
    parts = []
    for number in range(-(-company.customers // BLOCK)):
        people = block(company, number)
        chosen = (people.appliance >= 0) & (people.appliance_day < people.gone_day)
        parts.append(
            [
                getattr(people, name)[chosen]
                for name in (
                    *("person", "appliance", "appliance_day", "gone_day"),
                    *("household_size", "refill_days"),
                )
            ]
        )
    return Owners(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def readings(world, first, last, **parameters):
    """Read the readings of some days, with person and true time."""
    parameters = {"customers": CUSTOMERS} | parameters
    folder, truth = world.write("iot", first, last, **parameters)
    found = []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        with gzip.open(folder / f"readings_{day}.ndjson.gz", "rt", encoding="utf-8") as file:
            records = [json.loads(line) for line in file]
        known = duckdb.sql(
            f"""select person, key, clean from '{truth}/records/{day}.parquet' as records
            left join '{truth}/mistakes/{day}.parquet' as mistakes using (file, row)
            where file like 'readings%' order by row"""
        ).fetchall()
        for record, (person, device, clean) in zip(records, known, strict=True):
            found.append((day, record, person, device, clean))
    return found


@pytest.fixture(scope="module")
def told(world):
    return readings(world, FIRST, LAST)


@pytest.fixture(scope="module")
def plain(told):
    return [row for row in told if isinstance(row[1], dict)]


@pytest.fixture(scope="module")
def packs(told):
    return [row for row in told if isinstance(row[1], list)]


@pytest.fixture(scope="module")
def clean(world):
    """The same without mistakes: nothing lost, repeated or with a wrong time."""
    return readings(world, FIRST, LAST, dirty=False)


def at_ms(record):
    """Return when a reading was made."""
    ts = record["ts"]
    return ts if isinstance(ts, int) else int(datetime.fromisoformat(ts).timestamp() * 1000)


def resolved(pack):
    """Resolve base fields by RFC 8428, 4.6: name, time, unit and value of each record."""
    name, time, unit, found = "", 0.0, None, []
    for record in pack:
        name, time, unit = (record.get(key, old) for key, old in
                            (("bn", name), ("bt", time), ("bu", unit)))  # fmt: skip
        value = record.get("v", record.get("vs"))
        found.append((name + record["n"], time + record.get("t", 0), record.get("u", unit), value))
    return found


def test_plain_readings_have_the_keys_in_their_order(plain):
    assert all(list(record) == KEYS for _, record, *_ in plain)


def test_values_are_of_the_kind_of_the_device(plain):
    seen = defaultdict(set)
    for _, record, *_ in plain:
        kind, metric, value = record["device_id"][:2], record["metric"], record["value"]
        seen[kind].add(metric)
        assert re.fullmatch(r"(CM|WP|RV)-[0-9A-F]{12}", record["device_id"])
        assert record["unit"] == UNITS[metric]
        assert isinstance(record["seq"], int)
        if metric == "error_code":
            assert re.fullmatch(r"E\d\d", value)
        elif metric in {"cups", "battery"}:
            assert isinstance(value, int)
        else:
            assert isinstance(value, float)
        if metric in {"battery", "filter_life_percent"}:
            assert 0 <= value <= 100
        assert (record["battery"] is not None) == (kind == "RV")
        assert metric != "battery" or record["battery"] == value
    assert seen == METRICS


def test_older_firmware_writes_the_time_as_text_and_newer_as_milliseconds(plain):
    kinds = Counter()
    for day, record, _, _, right in plain:
        is_new = record["firmware"].startswith("2.")
        kinds[is_new] += 1
        assert isinstance(record["ts"], int if is_new else str)
        if not is_new:
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+09:00", record["ts"])
        if right is None:
            told = datetime.fromtimestamp(at_ms(record) / 1000) if is_new else None
            assert told is None or abs((told.date() - day).days) <= 1
            assert day_number(day) == (at_ms(record) + 32_400_000) // 86_400_000
    assert min(kinds.values()) > 100


def test_a_tenth_of_the_devices_sends_senml(told, packs):
    devices = {device for *_, device, _ in told}
    senml = {device for *_, device, _ in packs}
    assert 0.03 < len(senml) / len(devices) < 0.2
    assert not senml & {record["device_id"] for _, record, *_ in told if isinstance(record, dict)}


def test_packs_are_resolved_to_names_units_and_times(packs):
    seen = set()
    for day, pack, _, device, right in packs:
        assert pack[0]["bn"] == f"urn:dev:ops:32473-{device}:"
        assert re.fullmatch(r"[A-Za-z0-9][-A-Za-z0-9:./_]*", pack[0]["bn"])
        assert set(pack[0]) == {"bn", "bt", "n", "vs"}
        for record in pack:
            assert len(set(record) & {"v", "vs", "vb"}) == 1
        for name, time, unit, value in resolved(pack):
            field = name.removeprefix(pack[0]["bn"])
            seen.add(field)
            if field in {"firmware", "error_code"}:
                assert isinstance(value, str)
                continue
            assert unit == SENML_UNITS[field]
            assert field != "filter_life" or 0 <= value <= 1
            if right is None:
                assert -1 <= (day_number(day) - (time + 32_400) / 86_400) <= 0.01
    assert seen >= {"firmware", "filter_life", "seq", "lat", "lon"}
    assert any("bu" in record and "t" not in record for _, pack, *_ in packs for record in pack)
    assert any(record.get("t") == -600 for _, pack, *_ in packs for record in pack)


def test_places_are_cities_or_hidden(plain):
    points = (data.numbers("words/districts", name) for name in ("latitude", "longitude"))
    cities = set(zip(*points, strict=True))
    places = {(record["lat"], record["lon"]) for _, record, *_ in plain}
    assert (None, None) in places
    assert places - {(None, None)} <= cities
    assert all(33 < latitude < 38.7 and 125 < longitude < 130 for latitude, longitude in cities)


def test_readings_are_in_the_order_of_time(clean):
    for day in {row[0] for row in clean}:
        times = [
            at_ms(record) for each, record, *_ in clean if each == day and isinstance(record, dict)
        ]
        # text has no milliseconds
        assert [time // 1000 for time in times] == sorted(time // 1000 for time in times)


def test_each_device_reports_four_to_eight_times_a_day_with_rising_numbers(clean):
    numbers = defaultdict(list)
    for day, record, _, device, _ in clean:
        seq = (
            record["seq"] if isinstance(record, dict)
            else next(value for name, _, _, value in resolved(record) if name.endswith(":seq"))
        )  # fmt: skip
        numbers[device, day].append(seq)
    by_device = defaultdict(set)
    for (device, day), found in numbers.items():
        assert found == list(range(found[0], found[0] + len(found)))
        by_device[device].add(len(found))
        before = numbers.get((device, day - timedelta(days=1)))
        assert before is None or before[-1] + 1 == found[0]
    counts = Counter(max(found) for found in by_device.values())
    assert set(counts) == {4, 5, 6, 7, 8}


def test_a_device_reports_once_it_is_at_home():
    """From a shop on the next day, from the site on the third after the order."""
    company, day = Company(BLOCK, seed=7), day_number(FIRST)
    connection = duckdb.connect()
    create_vocabulary(connection, company)
    load_facts(connection, company, Span(day, day + 60), with_sessions=False)
    waited = connection.execute(
        """
        select place, since_day - visits.day, count(*)
        from devices inner join visits on devices.person = visits.person
        where visit_id % 8 = ? and since_day - visits.day between 0 and 3 group by all
        """,
        [HABIT],
    ).fetchall()
    assert {(place == STORE, days) for place, days, _ in waited} == {(True, 1), (False, 3)}
    assert sum(count for *_, count in waited) > 10


def test_counters_never_fall(clean):
    last = defaultdict(float)
    for _, record, _, device, _ in clean:
        if isinstance(record, dict) and record["metric"] in {"cups", "litres"}:
            assert record["value"] >= last[device]
            last[device] = record["value"]
    assert len(last) > 30


def test_a_filter_lasts_until_its_refill_is_put_in(clean):
    """The life falls steadily; it jumps only when a refill has arrived."""
    with duckdb.connect() as connection:
        create_vocabulary(connection, COMPANY)
        load_facts(connection, COMPANY, Span(day_number(FIRST) - 4, day_number(LAST)))
        refills = set(
            connection.execute(
                """select 'iot device ' || person, day + if(place = 2, 2, 4) as put_in
                from visits where refill >= 3 and put_in between ? and ?""",
                [day_number(FIRST) - 1, day_number(LAST)],
            ).fetchall()
        )
        ids = dict(
            connection.execute(
                """select upper(substr(md5('iot device ' || person), 1, 12)),
                'iot device ' || person from devices"""
            ).fetchall()
        )
        gone = {
            f"iot device {person}"
            for (person,) in connection.execute(
                "select person from devices where gone_day <= ?", [day_number(LAST)]
            ).fetchall()
        }
    series = defaultdict(list)
    for day, record, _, device, _ in clean:
        if isinstance(record, dict) and record["metric"] == "filter_life_percent":
            series[device].append((day_number(day), record["value"]))
    jumps = set()
    for device, lives_of in series.items():
        for (_, earlier), (day, later) in pairwise(lives_of):
            if later > earlier + 5:
                jumps.add((ids[device[3:]], day))
            else:
                assert earlier >= later
                assert earlier - later < 8
    jumps = {(device, day) for device, day in jumps if device not in gone}
    # a refill after the day's last reading shows on the next day
    assert all(jump in refills or (jump[0], jump[1] - 1) in refills for jump in jumps)
    jumped = {device for device, _ in jumps}
    awaited = {device for device, day in refills if day > day_number(FIRST) + 1} & {
        ids[device[3:]] for device in series
    }
    assert len(awaited & jumped) > 10
    # no jump is missing, except for almost new filters and refills still to come
    assert len(awaited - jumped) <= 0.1 * len(awaited)


def test_some_are_lost_some_sent_again_and_some_clocks_are_wrong(told, clean):
    first = Counter(json.dumps(record) for _, record, *_ in told)
    again = sum(count - 1 for count in first.values())
    assert 0 < again < 0.02 * len(told)
    assert 0.01 < 1 - (len(told) - again) / len(clean) < 0.05
    wrong = [row for row in told if row[4] is not None]
    assert 0.005 < len(wrong) / len(told) < 0.06
    for day, record, _, _, right in wrong:
        if isinstance(record, list):
            assert str(record[0]["bt"]) != right
            at = float(right)
        else:
            assert str(record["ts"]) != right
            at = at_ms({"ts": int(right) if isinstance(record["ts"], int) else right}) / 1000
        assert day_number(day) == (at + 32_400) // 86_400
    plain = [record for _, record, *_ in wrong if isinstance(record, dict)]
    years = {datetime.fromtimestamp(at_ms(record) / 1000).year for record in plain}
    assert years == {2000, 2026}


def test_readings_belong_to_the_current_user_of_the_device(told):
    owners = owners_of(COMPANY)
    found, day_of = lives(COMPANY, owners), day_number
    place = {person: position for position, person in enumerate(owners.person.tolist())}
    with duckdb.connect() as connection:
        ids = dict(
            connection.execute(
                "select upper(substr(md5('iot device ' || unnest), 1, 12)), unnest from unnest(?)",
                [owners.person.tolist()],
            ).fetchall()
        )
    users = Counter()
    for day, _, person, device, _ in told:
        owner = ids[device[3:]]
        at = place[owner]
        assert owners.since_day[at] <= day_of(day) < found.until_day[at]
        if found.change_day[at] > day_of(day):
            assert person == owner
            users["customer left" if owners.gone_day[at] <= day_of(day) else "owner"] += 1
        else:
            expected = found.next_person[at]
            assert person == (None if expected < 0 else expected)
            users[int(found.change[at])] += 1
    assert users["owner"] > 0.8 * len(told)
    assert users["customer left"] > 0
    assert users[FAMILY] > 0


@pytest.fixture(scope="module")
def many():
    company = Company(20_000, seed=7)
    owners = owners_of(company)
    return company, owners, lives(company, owners)


def test_devices_are_handed_on_inside_the_family_or_given_away(many):
    company, owners, found = many
    family = found.change == FAMILY
    assert (owners.household_size[family] > 1).all()
    member = found.next_person[family] - owners.person[family]
    assert ((member > 0) & (member < owners.household_size[family])).all()
    assert (found.next_person[found.change == STRANGER] == -1).all()
    given = found.next_person[found.change == CUSTOMER]
    assert ((given >= 0) & (given < company.customers)).all()
    assert (found.change_day[found.change > FAMILY] >= owners.gone_day[found.change > FAMILY]).all()
    assert (found.change_day[family] < owners.gone_day[family]).all()
    assert set(np.unique(found.change)) == {0, FAMILY, CUSTOMER, STRANGER}


def test_registrations_come_before_releases_and_some_never(many):
    _, owners, found = many
    is_released = found.released_day < NEVER
    assert (found.registered_day[is_released] < found.released_day[is_released]).all()
    assert (found.registered_day >= owners.since_day).all()
    assert 0.03 < (found.registered_day == NEVER).mean() < 0.2
    taken = found.next_registered_day < NEVER
    assert (found.next_registered_day[taken] >= found.change_day[taken]).all()
    changed = found.change_day < NEVER
    assert 0.2 < is_released[changed].mean() < 0.9
    assert (found.next_registered_day[found.change == STRANGER] == NEVER).all()


def test_the_filter_is_changed_only_after_refills(many):
    company, owners, _ = many
    day = day_number(FIRST)
    bought = owners.since_day <= day
    some = Owners(*(getattr(owners, name)[bought] for name in Owners.__dataclass_fields__))
    last, before = last_services(company, some, day)
    end = (day + 1) * 86_400_000 - 32_400_000
    assert (before <= last).all()
    assert (last <= np.maximum(end, some.since_day * 86_400_000 + 36_000_000)).all()
    is_new = last == some.since_day * 86_400_000 + 36_000_000
    age = (last + 32_400_000) // 86_400_000 - some.since_day
    turn = np.rint((age - 1) / some.refill_days)
    assert (np.abs(age - 1 - turn * some.refill_days)[~is_new] <= 3).all()


def test_registrations_of_a_month(world):
    first, last = date(2025, 4, 1), date(2025, 4, 30)
    folder, truth = world.write("iot", first, last, customers=3000)
    rows = []
    for number in range(30):
        day = first + timedelta(days=number)
        with (folder / f"registrations_{day}.csv").open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            assert reader.fieldnames == ["device_id", "person_ref", "registered_at", "released_at"]
            rows += [row | {"day": day} for row in reader]
    kinds = Counter()
    for row in rows:
        assert re.fullmatch(r"(CM|WP|RV)-[0-9A-F]{12}", row["device_id"])
        said = datetime.fromisoformat(row["released_at"] or row["registered_at"])
        assert said.date() == row["day"]
        assert said.utcoffset() == timedelta(hours=9)
        if row["released_at"]:
            assert row["registered_at"] < row["released_at"]
        kinds["@" in row["person_ref"], row["person_ref"].startswith("721")] += 1
    assert set(kinds) == {(True, False), (False, True), (False, False)}
    known = duckdb.sql(
        f"""select count(*), count(person) from '{truth}/records/*.parquet'
        where file like 'registrations%'"""
    ).fetchone()
    assert known == (len(rows), len(rows))


def test_a_family_hands_a_device_over(world):
    day = date(2025, 4, 29)
    text = world.text("iot", f"registrations_{day}.csv", day, customers=3000)
    rows = list(csv.DictReader(text.splitlines()))
    [released] = [row for row in rows if row["released_at"]]
    [taken] = [
        row for row in rows
        if row["device_id"] == released["device_id"] and not row["released_at"]
    ]  # fmt: skip
    assert taken["person_ref"] != released["person_ref"]
    waited = datetime.fromisoformat(taken["registered_at"])
    waited -= datetime.fromisoformat(released["released_at"])
    assert timedelta(0) < waited < timedelta(minutes=20)


def test_a_clean_world_has_no_typing_errors(world):
    _, truth = world.write("iot", FIRST, LAST, customers=CUSTOMERS, dirty=False)
    assert duckdb.sql(f"select count(*) from '{truth}/mistakes/*.parquet'").fetchone() == (0,)


@pytest.mark.parametrize("name", ["readings_{}.ndjson.gz", "registrations_{}.csv"])
def test_a_day_alone_has_the_same_bytes_as_within_weeks(world, name):
    day = FIRST + timedelta(days=9)
    alone, _ = world.write("iot", day, customers=CUSTOMERS)
    within, _ = world.write("iot", FIRST, LAST, customers=CUSTOMERS)
    assert (alone / name.format(day)).read_bytes() == (within / name.format(day)).read_bytes()


@pytest.mark.parametrize(
    ("name", "day", "customers"),
    [
        ("readings_{}.ndjson.gz", date(2026, 3, 12), 300),
        ("registrations_{}.csv", date(2025, 4, 29), 3000),
    ],
)
def test_golden_files(world, name, day, customers):
    golden(world, "iot", name.format(day), day, customers=customers)
