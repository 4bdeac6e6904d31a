"""The access log by reference 3.18: format, times, dashes, robots."""

import re
from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from itertools import pairwise
from urllib.parse import parse_qs, quote, unquote, urlsplit

import duckdb
import pytest

from simulator import data
from simulator.company import Company, day_number
from simulator.night import Night
from simulator.systems import access_log
from simulator.words.vocabulary import create_vocabulary
from simulator.world.facts import Span, load_facts
from simulator.world.identities import show_persons
from tests.simulator.golden_files import golden

COMBINED = re.compile(
    r"^(?P<host>\S+) (?P<ident>\S+) (?P<user>\S+) \[(?P<at>[^\]]+)\] "
    r'"(?P<request>[^"\\]*(?:\\.[^"\\]*)*)" (?P<status>\d{3}) (?P<bytes>\d+|-) '
    r'"(?P<referer>[^"\\]*(?:\\.[^"\\]*)*)" "(?P<agent>[^"\\]*(?:\\.[^"\\]*)*)"$'
)
"""The reference's own expression."""

DOCUMENTATION = [
    ip_network(block)
    for block in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
]
SITE = "https://www.dangolmart.example"
COMPANY = Company(1500, seed=7)


@pytest.fixture(scope="module")
def lines(world, monday):
    """Two weeks of lines, with person and key."""
    last = monday + timedelta(days=13)
    folder, truth = world.write("access_log", monday, last)
    found = []
    for number in range(14):
        day = monday + timedelta(days=number)
        text = world.text("access_log", f"access_{day}.log.gz", monday, last)
        path = truth / "records" / f"{day}.parquet"
        about = duckdb.sql(f"select person, key from '{path}' order by row").fetchall()
        parsed = [COMBINED.match(line) for line in text.splitlines()]
        assert len(parsed) == len(about)
        found += [
            match.groupdict() | {"day": day, "person": person, "key": key}
            for match, (person, key) in zip(parsed, about, strict=True)
        ]
    assert len(list(folder.iterdir())) == 14
    return found


@pytest.fixture(scope="module")
def facts(monday):
    """The facts behind these two weeks."""
    return _facts(COMPANY, day_number(monday), 14)


def _people(lines):
    return [line for line in lines if line["person"] >= 0]


def _robots(lines):
    return [line for line in lines if line["person"] < 0]


def _path(line):
    return line["request"].split(" ")[1]


def _is_page(line):
    return line["request"].startswith("GET ") and not re.match(
        r"/(assets|images|api|favicon|apple)", _path(line)
    )


def test_the_time_is_written_with_its_offset(lines):
    assert all(
        re.fullmatch(r"\d{2}/Mar/2026:\d{2}:\d{2}:\d{2} \+0900", line["at"]) for line in lines
    )


def test_lines_are_in_order_and_of_their_day(lines):
    at = [datetime.strptime(line["at"], "%d/%b/%Y:%H:%M:%S %z") for line in lines]
    assert at == sorted(at)
    assert [moment.date() for moment in at] == [line["day"] for line in lines]


def test_neither_ident_nor_user_is_known(lines):
    assert {(line["ident"], line["user"]) for line in lines} == {("-", "-")}


def test_no_bytes_are_a_dash(lines):
    assert not [line for line in lines if line["bytes"] == "0"]
    empty = {line["status"] for line in lines if line["bytes"] == "-"}
    assert empty <= {"302", "304", "499", "429"}
    assert {"302", "304"} <= empty
    assert not [line for line in lines if line["status"] in ("302", "304") and line["bytes"] != "-"]


def test_statuses_are_those_of_a_shop_that_works(lines):
    count = defaultdict(int)
    for line in lines:
        count[line["status"]] += 1
    assert set(count) <= {"200", "302", "304", "404", "429", "499", "500"}
    assert count["200"] + count["304"] > 0.95 * len(lines)
    pages = [line["status"] for line in lines if _is_page(line)]
    assert pages.count("200") > 0.95 * len(pages)
    assert 0 < count["404"] < 0.05 * len(lines)
    assert count["500"] + count["499"] < 0.01 * len(lines)


def test_addresses_are_of_the_blocks_for_documentation(lines):
    for host in {line["host"] for line in lines}:
        assert any(ip_address(host) in network for network in DOCUMENTATION), host
        assert host == ip_address(host).compressed


def test_some_addresses_are_of_version_six(lines):
    hosts = [ip_address(line["host"]).version for line in _people(lines)]
    assert 0.15 < hosts.count(6) / len(hosts) < 0.45


def test_an_ip_address_identifies_no_one(lines):
    people = defaultdict(set)
    for line in _people(lines):
        people[line["host"]].add(line["person"])
    assert max(map(len, people.values())) > 1


def test_a_home_keeps_its_address_for_months(lines):
    hosts = defaultdict(set)
    for line in _people(lines):
        if re.search("Windows|Macintosh", line["agent"]):
            hosts[line["person"]].add(line["host"])
    # changes of address are rare, and so are cookies that end within two weeks
    assert sum(len(found) == 1 for found in hosts.values()) > 0.8 * len(hosts)


def test_quotes_are_escaped_with_a_backslash(world, monday):
    last = monday + timedelta(days=13)
    text = "".join(
        world.text("access_log", f"access_{monday + timedelta(days=n)}.log.gz", monday, last)
        for n in range(14)
    )
    assert r"\"shopping feeds\"" in text
    assert '\\\\"' not in text
    # six quotes per line belong to the format
    assert all(line.count('"') - line.count(r"\"") == 6 for line in text.splitlines())


def test_a_referer_can_contain_quotes_too(monday):
    text = "\n".join(line for line, *_ in _rows(Company(8_000, seed=7), day_number(monday)))
    assert r'"https://traffic.example.net/?q=\"cheap clicks\""' in text


def test_a_visit_has_a_line_for_each_page(monday, lines, facts):
    """As many as in the facts, and none from the app."""
    wanted = dict(
        facts.execute(
            """
            select actions.visit_id::varchar, count(*) filter (where kind != 4)
            from actions inner join visits using (visit_id)
            where place = 0 and actions.day between ? and ? + 13
            group by all
            """,
            [day_number(monday)] * 2,
        ).fetchall()
    )
    found = defaultdict(int)
    for line in _people(lines):
        found[line["key"]] += _is_page(line)
    assert dict(found) == wanted


def test_pages_bring_their_pictures_and_robots_take_none(lines):
    """A list shows a dozen products and a product four images, minus what the browser cached."""
    shown = defaultdict(set)
    for line in _people(lines):
        if picture := re.fullmatch(r"/images/products/(\d+)-(\w+)\.webp", _path(line)):
            shown[line["key"], line["referer"]].add((int(picture[1]), picture[2]))
    assert not [line for line in _robots(lines) if "/images/" in _path(line)]
    category = {}
    names = data.columns("words/categories")
    for number, (name, korean) in enumerate(zip(names["name"], names["korean"], strict=True)):
        slug = re.sub("[^a-z0-9]+", "-", name.lower())
        category |= {f"/collections/{slug}": number, f"/search?q={quote(korean)}": number}
    lists = {page: some for page, some in shown.items() if page[1].removeprefix(SITE) in category}
    assert {"search" in page for _, page in lists} == {True, False}
    products = {page: some for page, some in shown.items() if "/products/" in page[1]}
    assert len(lists) > 100
    assert len(products) > 100
    assert max(map(len, lists.values())) == 12
    assert max(map(len, products.values())) == 4
    for (_, page), some in lists.items():
        assert {size for _, size in some} == {"small"}
        assert {product // 120 for product, _ in some} == {category[page.removeprefix(SITE)]}
    for (_, page), some in products.items():
        assert {product for product, _ in some} == {int(page.rpartition("-")[2])}


def test_a_picture_is_as_large_whenever_it_is_sent(lines):
    sizes = defaultdict(set)
    for line in lines:
        if "/images/" in _path(line) and line["status"] == "200":
            sizes[_path(line)].add(line["bytes"])
    assert len(sizes) > 500
    assert {len(found) for found in sizes.values()} == {1}


def test_persons_are_those_of_the_visits(lines, facts):
    person = dict(facts.execute("select visit_id::varchar, person from visits").fetchall())
    assert all(person[line["key"]] == line["person"] for line in _people(lines))


def test_a_page_refers_to_the_page_before_and_never_with_parameters(lines):
    visits = defaultdict(list)
    for line in _people(lines):
        visits[line["key"]].append(line)
    checked = 0
    for visit in visits.values():
        pages = [line for line in visit if _is_page(line)]
        for before, page in pairwise(pages):
            assert page["referer"] == SITE + _path(before).partition("?utm")[0]
            checked += 1
    assert checked > 1_000
    assert not [line for line in lines if "utm_" in line["referer"]]


def test_advertisements_and_messages_bring_parameters(lines, facts):
    source = dict(facts.execute("select visit_id::varchar, source from visits").fetchall())
    medium = {
        0: ("google", "cpc"),
        1: ("facebook", "paid_social"),
        2: ("naver", "cpc"),
        3: ("kakao", "display"),
        4: ("crm", "email"),
        5: ("crm", "push"),
        6: ("crm", "sms"),
        7: ("crm", "kakao"),
    }
    landed = set()
    for line in _people(lines):
        if not _is_page(line) or line["key"] in landed:
            continue
        landed.add(line["key"])
        query = parse_qs(urlsplit(_path(line)).query)
        came = (query.get("utm_source", [None])[0], query.get("utm_medium", [None])[0])
        expected = medium.get(source[line["key"]], (None, None))
        began = day_number(line["day"]) == int(line["key"]) // 8 // 1500
        assert came == expected or not began
        if began:
            assert ("gclid" in query) == (source[line["key"]] == 0)
            assert ("fbclid" in query) == (source[line["key"]] == 1)


def test_a_click_has_an_id_of_its_own(lines):
    clicks = re.findall(r"gclid=([\w-]+)", " ".join(line["request"] for line in lines))
    assert len(clicks) == len(set(clicks)) > 50
    assert all(re.fullmatch(r"CjwKCAiA[\w-]{40,}_wcB", click) for click in clicks)


def test_a_message_is_not_clicked_before_it_is_sent(lines):
    for line in _people(lines):
        if found := re.search(
            r"utm_campaign=(?:letter|push|sms|kakao)-(\d{4}-\d{2}-\d{2})", _path(line)
        ):
            assert (
                timedelta(0)
                <= line["day"] - datetime.fromisoformat(found[1]).date()
                <= timedelta(2)
            )


def test_searches_are_encoded(lines):
    words = {unquote(_path(line).partition("=")[2]) for line in lines if "/search?" in _path(line)}
    assert {"신선식품", "뷰티", "홈·주방"} <= words
    assert all(line["request"].isascii() for line in lines)


def test_only_the_truth_marks_robots(lines):
    kinds = {line["key"].rsplit(" ", 1)[0] for line in _robots(lines)}
    assert kinds == {"robot crawler", "robot scraper", "robot click fraud", "robot browser"}
    assert all(line["person"] == -1 for line in _robots(lines))


def test_crawlers_ask_for_the_rules_first_and_say_who_they_are(lines):
    crawls = [line for line in _robots(lines) if line["key"].startswith("robot crawler")]
    assert "/robots.txt" in {_path(line) for line in crawls}
    assert all(re.search("bot|Bot|Fetcher", line["agent"]) for line in crawls)


def test_click_fraud_lands_with_parameters_and_leaves(lines):
    fraud = [line for line in _robots(lines) if line["key"].startswith("robot click fraud")]
    assert fraud
    assert all(_path(line).startswith("/?utm_source=") for line in fraud)


def test_a_wave_of_robots_multiplies_the_log(monday):
    usual = _rows(COMPANY, day_number(monday))
    flooded = _rows(COMPANY, day_number(monday), has_bot_wave=True)
    assert len(flooded) > 4 * len(usual)
    assert [row for row in flooded if row[1] >= 0] == [row for row in usual if row[1] >= 0]
    assert " 429 - " in "\n".join(row[0] for row in flooded)


def test_a_day_alone_is_the_day_within_two_weeks(world, monday):
    day = monday + timedelta(days=8)
    name = f"access_{day}.log.gz"
    within = world.write("access_log", monday, monday + timedelta(days=13))[0] / name
    alone = world.write("access_log", day)[0] / name
    assert alone.read_bytes() == within.read_bytes()


def test_the_golden_file(world, monday):
    tuesday = monday + timedelta(days=1)
    golden(world, "access_log", f"access_{tuesday}.log.gz", tuesday)


def _facts(company, day, days=1):
    connection = duckdb.connect()
    create_vocabulary(connection, company)
    load_facts(connection, company, Span(day, day + days - 1))
    show_persons(connection, day, "person_rows", "persons")
    return connection


def _rows(company, day, has_bot_wave=False):
    """Return the lines of a night with the truth about them."""
    night = Night(company, day, _facts(company, day))
    export = next(iter(access_log.exports(replace(night, has_bot_wave=has_bot_wave))))
    return night.connection.execute(export.query).fetchall()
