"""Consent strings against the specification's fields and examples, and an independent decoder."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from simulator.systems.onetrust_tc_string import TcString, deciseconds

FIELDS = (
    *(("version", 6), ("created", 36), ("last_updated", 36), ("cmp_id", 12), ("cmp_version", 12)),
    *(("consent_screen", 6), ("consent_language", 12), ("vendor_list_version", 12)),
    *(("policy_version", 6), ("is_service_specific", 1), ("uses_other_texts", 1)),
    *(("special_features", 12), ("purposes", 24), ("legitimate_purposes", 24)),
    *(("hides_purpose_one", 1), ("publisher_country", 12)),
)
"""IAB Tech Lab, Consent string and vendor list formats v2, The Core String: names are ours."""

LETTERS = ("consent_language", "publisher_country")
FLAGS = ("special_features", "purposes", "legitimate_purposes")
BOOLEANS = ("is_service_specific", "uses_other_texts", "hides_purpose_one")

EXAMPLES = (
    "COvFyGBOvFyGBAbAAAENAPCAAOAAAAAAAAAAAEEUACCKAAA",
    "COw4XqLOw4XqLAAAAAENAXCAAAAAAAAAAAAAAAAAAAAA",
    "CLcVDxRMWfGmWAVAHCENAXCkAKDAADnAABRgA5mdfCKZuYJez-NQm0TBMYA4oCAAGQYIAAAAAAEAIAEgAA",
)
"""Core segments that the specification shows."""

WHOLE = TcString(
    created=deciseconds(20_521),
    last_updated=deciseconds(20_522),
    cmp_id=4012,
    cmp_version=7,
    consent_screen=2,
    consent_language="KO",
    vendor_list_version=98,
    purposes=(1, 7, 11, 24),
    legitimate_purposes=(2, 10),
    vendors=(2, 3, 4, 5, 900, 65_535),
    legitimate_vendors=(1, 2, 4),
    special_features=(1, 12),
    hides_purpose_one=True,
)


def decode(text):
    """Read a core segment bit by bit."""
    packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    bits = "".join(f"{byte:08b}" for byte in packed)
    place = 0

    def take(width):
        nonlocal place
        place += width
        return int(bits[place - width : place] or "0", 2)

    def vendors():
        last, is_range = take(16), take(1)
        if not is_range:
            return tuple(number for number in range(1, last + 1) if take(1))
        found = []
        for _ in range(take(12)):
            is_span, first = take(1), take(16)
            found += range(first, (take(16) if is_span else first) + 1)
        return tuple(found)

    found = {name: take(width) for name, width in FIELDS}
    for name in LETTERS:
        found[name] = "".join(chr(65 + part) for part in divmod(found[name], 64))
    for name in FLAGS:
        width = dict(FIELDS)[name]
        flags = f"{found[name]:0{width}b}"
        found[name] = tuple(number for number, flag in enumerate(flags, 1) if flag == "1")
    for name in BOOLEANS:
        found[name] = bool(found[name])
    found["vendors"], found["legitimate_vendors"] = vendors(), vendors()
    assert take(12) == 0  # restrictions by the publisher
    assert place <= len(bits) < place + 8
    assert "1" not in bits[place:]
    assert found.pop("version") == 2
    return found


@pytest.mark.parametrize("text", EXAMPLES)
def test_the_examples_of_the_specification_are_written_alike(text):
    assert TcString(**decode(text)).encode() == text


def test_every_field_is_where_the_specification_puts_it():
    assert decode(WHOLE.encode()) == vars(WHOLE)


def test_the_shorter_of_bits_and_ranges_is_written():
    def size(*vendors):
        text = TcString(0, 0, 0, 0, 0, "KO", 0, vendors=vendors).encode()
        return len(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))) * 8

    # 259 bits for the rest; 12 for the count of ranges and 17 or 33 for each; or a bit a number
    assert size(1_000) == 259 + 12 + 17
    assert size(*range(1, 1_001)) == size(*range(1, 60_001)) == 259 + 12 + 33
    assert size(*range(1, 1_001, 2)) == 259 + 999 + 6  # to whole bytes


def test_times_are_tenths_of_seconds_at_midnight():
    created = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=WHOLE.created / 10)
    assert created == datetime(2026, 3, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "wrong", [{"cmp_id": 4096}, {"purposes": (25,)}, {"created": -1}, {"consent_language": "ko"}]
)
def test_what_does_not_fit_is_refused(wrong):
    with pytest.raises(ValueError, match="not"):
        TcString(**(vars(WHOLE) | wrong)).encode()


@pytest.mark.parametrize("text", [*EXAMPLES, WHOLE.encode()])
def test_an_independent_decoder_reads_the_same(text):
    iab_tcf = pytest.importorskip("iab_tcf")
    consent, expected = iab_tcf.decode_v2(text), decode(text)

    def numbers(flags):
        return tuple(sorted(number for number, is_set in flags.items() if is_set))

    def allowed(is_allowed):
        return tuple(number for number in range(1, 65_536) if is_allowed(number))

    assert consent.cmp_id == expected["cmp_id"]
    assert consent.cmp_version == expected["cmp_version"]
    assert consent.consent_screen == expected["consent_screen"]
    assert consent.consent_language.decode() == expected["consent_language"]
    assert consent.vendor_list_version == expected["vendor_list_version"]
    assert consent.tcf_policy_version == expected["policy_version"]
    assert consent.is_service_specific == expected["is_service_specific"]
    assert consent.purpose_one_treatment == expected["hides_purpose_one"]
    assert consent.publisher_cc.decode() == expected["publisher_country"]
    assert consent.created == datetime(1970, 1, 1) + timedelta(seconds=expected["created"] // 10)
    updated = timedelta(seconds=expected["last_updated"] // 10)
    assert consent.last_updated == datetime(1970, 1, 1) + updated
    assert numbers(consent.special_features_optin) == expected["special_features"]
    assert numbers(consent.purposes_consent) == expected["purposes"]
    assert numbers(consent.purposes_legitimate_interests) == expected["legitimate_purposes"]
    assert allowed(consent.is_vendor_allowed) == expected["vendors"]
    assert allowed(consent.is_interest_allowed) == expected["legitimate_vendors"]
