"""Writes the exports of a made-up club shop, in which every row is about a person of `kinds`.

``first_night`` is a history and a day that is published, with everything wrong that a night goes on
with; each function of ``STOPPED`` is a day after it that stops.
"""

import csv
import io
import json
import os
from datetime import date, timedelta

from tests.end_to_end.canaries.kinds import FILE_NAME, PEOPLE, value_of

FIRST_DAY, PUBLISHED, STOPPED_DAY = date(2025, 1, 6), date(2025, 10, 30), date(2025, 10, 31)

ORDERS = (
    "order_no", "line_no", "member_no", "buyer", "phone", "ship_to", "note", "rating", "sku",
    "quantity", "discount", "amount", "ordered_at", "kind",
)  # fmt: skip
MEMBERS = {
    "member_no": "member number", "full_name": "name in Hangul", "latin_name":
    "name in Latin letters", "email": "e-mail address", "phone": "telephone number", "street":
    "street and number", "city": "city", "postcode": "postal code", "born": "date of birth",
    "resident_no": "resident number", "card": "card number", "account": "bank account", "ip":
    "IP address", "device": "device", "remark": "free text", "age_words": "age in words",
}  # fmt: skip


def order_line(person, day, line=1, **changes):
    """Return a line of an order as the shop exports it."""
    row = {
        "order_no": f"{day}-{person}", "line_no": line,
        "member_no": value_of("member number", person),
        "buyer": value_of("name in Hangul", person),
        "phone": value_of("telephone number", person),
        "ship_to": value_of("street and number", person),
        "note": value_of("free text", person), "rating": person % 5 + 1,
        "sku": f"sku-{(person + line) % 7}", "quantity": line,
        "discount": "0.00", "amount": f"{(person % 9 + 2) * 1100 + line}.00",
        "ordered_at": f"{day} {person % 12 + 9:02}:30:00", "kind": "sale",
    }  # fmt: skip
    return [f"{value}" for value in (row | changes).values()]


def orders_of(day):
    """Return the lines of an ordinary day: of a dozen people."""
    number = (day - FIRST_DAY).days
    # some come every few days, some rarely, some only at first
    people = [
        person for person in range(PEOPLE)
        if (number * 7 + person * 11) % (9 + person % 23) == 0
        and not (person % 4 == 0 and number > 150)
    ]  # fmt: skip
    return [order_line(person, day, line) for person in people for line in (1, 2)]


def bad_lines(day):
    """Return lines that can't be loaded, one of each kind; the last ones are bytes."""
    header = {name: place for place, name in enumerate(ORDERS)}

    def bad(number, **changes):
        return order_line(number, day, 9, **changes)

    wrong_types = [
        bad(1, quantity=value_of("free text", 1)),
        bad(2, amount=value_of("card number", 2)),
        bad(3, ordered_at=value_of("date of birth", 3)),
        bad(4, line_no=value_of("telephone number", 4)),
        bad(5, order_no=""),
        bad(6)[: header["note"] + 1],
        [*bad(7), value_of("name in Latin letters", 7)],
        bad(8, note=value_of("free text", 8) + "x" * 66_000),
        bad(9, buyer=value_of("name in Hangul", 9) + "\ufffd"),
    ]
    name = "독고".encode()
    lost = ",".join(bad(10, note="")).encode().replace(name, name[:-1], 1)
    unclosed = ",".join(bad(11, note="")).replace(f"p{11}.", '"p11.', 1).encode()
    return csv_of(wrong_types) + lost + b"\r\n" + unclosed + b"\r\n"


def member(person, **changes):
    """Return a member as the club exports it."""
    row = {name: value_of(kind, person) for name, kind in MEMBERS.items()}
    return [*(row | {"grade": "abc"[person % 3]} | changes).values()]


def members(first=0):
    """Return everyone, with a header."""
    return [[*MEMBERS, "grade"], *(member(person) for person in range(first, PEOPLE))]


def ticket(person, day, **changes):
    """Return a complaint as a JSON line."""
    row = {
        "ticket_no": f"{day}-{person}", "member_no": value_of("member number", person),
        "body": value_of("free text", person), "ip": value_of("IP address", person),
        "device": value_of("device", person), "score": 3, "opened_at": f"{day} 11:00:00",
        "seat": value_of("name in Latin letters", person),
    }  # fmt: skip
    return json.dumps(row | changes, ensure_ascii=person % 2 == 0)


def csv_of(rows):
    """Write rows, quoted where needed."""
    file = io.StringIO()
    csv.writer(file, lineterminator="\r\n").writerows(rows)
    return file.getvalue().encode()


def land(landing, name, content):
    """Put a file into the landing zone, as if it had been there for an hour."""
    file = landing / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    moment = file.stat().st_mtime - 3600
    os.utime(file, (moment, moment))


def first_night(landing):
    """Land a history and a day with much that a night goes on with."""
    last = PUBLISHED - timedelta(days=1)
    days = [FIRST_DAY + timedelta(days=number) for number in range((last - FIRST_DAY).days + 1)]
    history = [row for day in days for row in orders_of(day)]
    land(landing, f"shop/history_{FIRST_DAY}_{last}.csv", csv_of([ORDERS, *history]))
    today = [order_line(person, PUBLISHED, line) for person in range(PEOPLE) for line in (1, 2)]
    today += [
        order_line(20, PUBLISHED, 3, kind="test"),
        *(order_line(person, PUBLISHED, 3, sku="unheard-of") for person in range(21, 81)),
    ]
    land(landing, f"shop/orders_{PUBLISHED}.csv",
         csv_of([ORDERS, *today]) + bad_lines(PUBLISHED))  # fmt: skip
    # a correction of yesterday without a header is rejected, and the night goes on
    land(landing, f"shop/orders_{PUBLISHED}_r1.csv", csv_of(today))
    land(landing, f"shop/invoice of {FILE_NAME} (copy).pdf", b"nobody reads this")
    land(landing, "attic/old.csv", b"nor this")
    land(landing, f"club/members_{PUBLISHED}.csv",
         csv_of([*members(), member(0, born="next " + value_of("free text", 0))]))  # fmt: skip
    land(landing, f"club/cards_{PUBLISHED}.csv", cards())
    tickets = [ticket(person, PUBLISHED) for person in range(60)]
    tickets += [ticket(61, PUBLISHED, score="bad: " + value_of("free text", 61)),
                "not JSON: " + value_of("name in Hangul", 62)]  # fmt: skip
    land(landing, f"care/tickets_{PUBLISHED}.jsonl", ("\n".join(tickets) + "\n").encode())


def cards(*more):
    """Return everyone's card, in CP949."""
    rows = [[value_of("card number", person), value_of("member number", person),
             value_of("name in Hangul", person), ""] for person in range(PEOPLE)]  # fmt: skip
    header = ("card", "member_no", "holder", "left")
    return csv_of([header, *rows, *more]).decode().encode("cp949")


def ordinary(landing):
    """Land the files of a day in which nothing is wrong."""
    land(landing, f"shop/orders_{STOPPED_DAY}.csv", csv_of([ORDERS, *orders_of(STOPPED_DAY)]))
    land(landing, f"club/members_{STOPPED_DAY}.csv", csv_of(members()))


def stopped_at_raw(landing):
    """Land files that are rejected, refused, poisoned, or contradict themselves."""
    land(landing, f"shop/orders_{STOPPED_DAY}.csv",
         csv_of([ORDERS, *orders_of(STOPPED_DAY)[:20]]) + bad_lines(STOPPED_DAY))  # fmt: skip
    land(landing, f"club/members_{STOPPED_DAY}.csv", csv_of(members()[1:]))
    double = value_of("card number", 3)
    land(landing, f"club/cards_{STOPPED_DAY}.csv",
         cards([double, value_of("member number", 9), "other", ""],
               ["9", value_of("member number", 8), "", value_of("age in words", 8)]))  # fmt: skip
    before = (landing / "care" / f"tickets_{PUBLISHED}.jsonl").read_bytes()
    land(landing, f"care/tickets_{STOPPED_DAY}.jsonl", before)


def stopped_in_a_model(landing):
    """Land a row whose text a staging model can't convert."""
    ordinary(landing)
    rows = [ORDERS, *orders_of(STOPPED_DAY),
            order_line(5, STOPPED_DAY, 7, rating=value_of("free text", 5))]  # fmt: skip
    land(landing, f"shop/orders_{STOPPED_DAY}.csv", csv_of(rows))


def stopped_at_cleaned(landing):
    """Land rows that break what the cleaned gate checks."""
    ordinary(landing)
    rows = [
        ORDERS, *orders_of(STOPPED_DAY),
        order_line(5, STOPPED_DAY, 7, member_no=value_of("member number", 6)),
        order_line(5, STOPPED_DAY, 8),
        order_line(5, STOPPED_DAY, 8, amount="77.00"),
        order_line(7, STOPPED_DAY, 7, amount="-50.00"),
        order_line(8, STOPPED_DAY, 7, quantity=-3),
        order_line(9, STOPPED_DAY, 7, ordered_at=f"{STOPPED_DAY + timedelta(days=2)} 09:00:00"),
        order_line(11, STOPPED_DAY, 7, discount="1.00", kind="odd"),
        order_line(12, STOPPED_DAY, 7, kind="refund", amount="-4.00"),
    ]  # fmt: skip
    land(landing, f"shop/orders_{STOPPED_DAY}.csv", csv_of(rows))


STOPPED = {
    "customer_view": ordinary,
    "aggregated": ordinary,
    "cleaned": stopped_at_cleaned,
    "model": stopped_in_a_model,
    "raw": stopped_at_raw,
    "unexpected": ordinary,
}
"""By where the night stops, the longest first; the build is broken by a hook where data can't."""
