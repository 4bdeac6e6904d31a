"""No value of a person is in anything that a draft or a check writes or prints."""

from __future__ import annotations

import csv
import io
import json
import string
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dangol.drafting.draft import Wish, drafted
from dangol.drafting.samples import SampleError
from dangol.drafting.summaries import draft_in_words
from dangol.settings import Settings

HARMLESS = ["Order No", "SKU", "Qty", "Price", "Date"]
FREE_NAMES = ["Contact", "col", "담당", "X1", "who", "Details", "이름", "Ansprechpartner", "extra"]

word = st.text(string.ascii_lowercase, min_size=6, max_size=10)
email = st.builds("{}.{}@{}.example.com".format, word, word, word)
phone = st.builds("010-{:04d}-{:04d}".format, st.integers(1000, 9999), st.integers(1000, 9999))
name = st.builds("{} {}".format, word.map(str.title), word.map(str.title))
korean = st.builds(
    "{}{}{}".format,
    st.sampled_from("김이박최"),
    st.sampled_from("민서지"),
    st.sampled_from("준윤호"),
)
note = st.builds("please call {} at {}".format, name, phone)


@pytest.fixture
def no_test(monkeypatch: pytest.MonkeyPatch) -> None:
    from dangol.drafting import draft

    monkeypatch.setattr(draft, "_write_test", lambda *_: ([], []))


@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    values=st.sampled_from([email, phone, name, korean, note]).flatmap(
        lambda kind: st.lists(kind, min_size=3, max_size=8, unique=True)
    ),
    header=st.sampled_from(FREE_NAMES),
    repeats=st.integers(1, 12),
)
def test_whatever_a_column_is_called_its_people_are_nowhere(
    company: Settings,
    tmp_path: Path,
    no_test: None,
    values: list[str],
    header: str,
    repeats: int,
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*HARMLESS, header])
    for number, value in enumerate(values * repeats):
        writer.writerow([f"A-{number}", "p1", 1, "2.50", "2026-01-05", value])
    file = tmp_path / "orders_2026-01-05.csv"
    file.write_text(text.getvalue(), encoding="utf-8")
    with drafted(company, Wish("shop", [file], overwrite=True)) as draft:
        printed = draft_in_words(draft, [file])
        [column] = [each for each in draft.plan.columns.each if each.header == header]
        texts = [each.read_text(encoding="utf-8") for each in draft.written]
    assert column.classification in {"personal", "sensitive"}
    for value in values:
        assert not any(value in each for each in [printed, *texts])


@pytest.mark.parametrize(
    ("header", "values", "expected"),
    [
        ("Status", ["paid", "open", "paid", "open"] * 5, "public"),
        ("결제수단", ["카드", "현금"] * 10, "public"),
        ("Batch", ["B-001", "B-002"] * 5, "public"),
        ("Birth date", ["1990-01-05", "1991-02-06"], "personal"),
        ("생년월일", ["19900105", "19910206"], "personal"),
        ("Zip", ["06234", "06235"], "personal"),
        ("Age", ["31", "42"], "personal"),
        ("주민번호", ["900105-1234567", "910206-2234567"], "sensitive"),
        ("Cashier", ["Kim", "Lee"], "personal"),
        ("Product name", ["Green Tea", "Black Tea"], "public"),
        ("Store", ["Gangnam", "Mapo"], "public"),
        ("Loyalty card", ["9000001", "9000002"], "pseudonymous"),
        ("회원번호", ["9000001", "9000002"], "pseudonymous"),
        ("Remarks", ["", ""], "personal"),
    ],
)
def test_classes(draft_of, header, values, expected):
    rows = "".join(f"A-{n},p,1,2.5,2026-01-05,{value}\n" for n, value in enumerate(values))
    text = f"Order No,SKU,Qty,Price,Date,{header}\n{rows}"
    assert draft_of({"orders_2026-01-05.csv": text}).classes()[header] == expected


def test_a_first_line_of_people_is_no_header(draft_of):
    text = "Minji Kim,Seoul\nSeojun Park,Seoul\nJiwoo Lee,Busan\n"
    with pytest.raises(SampleError, match="has no header: the fields of line 1") as caught:
        draft_of({"people_2026-01-05.csv": text}, entity="contact_records")
    assert "Minji" not in str(caught.value)


def test_keys_that_are_names_of_people_are_kept_as_values(draft_of):
    shares = {"Minji Kim": 1, "Seojun Park": 2}
    rows = [{"id": f"o{n}", "total": 1, "createdAt": "2026-03-05", "shares": shares} for n in "123"]
    draft = draft_of({"orders_2026-03-05.json": json.dumps(rows)})
    assert draft.classes()["shares"] == "personal"
    assert not any("Minji" in text for text in draft.texts.values())


@pytest.mark.parametrize(
    ("header", "values", "expected"),
    [
        ("OPTIN_IP", ["192.0.2.1", "192.0.2.2"], "personal"),
        ("seen", ["192.0.2.1", "2001:db8:0:0:1"], "personal"),
        ("anonymousId", ["a1", "a2"] * 9, "pseudonymous"),
        ("Payment ID", ["P-1", "P-2", "P-3"], "pseudonymous"),
    ],
)
def test_ids_and_addresses_that_may_be_a_person_s(draft_of, header, values, expected):
    rows = "".join(f"A-{n},p,1,2.5,2026-01-05,{value}\n" for n, value in enumerate(values))
    text = f"Order No,SKU,Qty,Price,Date,{header}\n{rows}"
    assert draft_of({"orders_2026-01-05.csv": text}).classes()[header] == expected


def test_a_description_of_a_person_is_no_product(draft_of):
    text = "Contact Id,Email,Description,Location\n"
    text += "".join(f"c{n},a{n}@example.com,likes tea and rain,Seoul\n" for n in range(9))
    classes = draft_of({"contacts_2026-01-05.csv": text}).classes()
    assert classes == {
        "Contact Id": "pseudonymous", "Email": "personal", "Description": "personal",
        "Location": "personal",
    }  # fmt: skip
