"""Consent strings of the IAB's Transparency and Consent Framework, version 2.2: the core segment.

Concatenated bit fields, most significant bit first, in URL-safe base64 without padding. Source: IAB
Tech Lab, *Consent string and vendor list formats v2*, The Core String.
"""

import base64
from dataclasses import dataclass

DAY_DECISECONDS = 864_000

POLICY_VERSION = 4
"""The version of the framework's policies: 4 came with version 2.2."""

PURPOSES, SPECIAL_FEATURES = 24, 12
"""Bits of each; eleven purposes and two special features are defined."""


@dataclass(frozen=True)
class TcString:
    """A visitor's consents.

    Parameters
    ----------
    created, last_updated
        Tenths of seconds since 1970-01-01 UTC; since version 2.2 always at midnight.
    cmp_id, cmp_version, consent_screen
        The banner, its version, and the screen with the consent.
    consent_language
        The language as two capital letters.
    vendor_list_version
        The version of the vendor list that was shown.
    purposes, legitimate_purposes
        Numbers from 1 of the purposes with consent, and of those with a legitimate interest.
    vendors, legitimate_vendors
        Numbers of the vendors with consent, and of those with a legitimate interest; ascending.
    special_features
        Numbers from 1 of the accepted special features.
    policy_version
        The version of the framework's policies.
    is_service_specific, uses_other_texts, hides_purpose_one
        Flags: for this site only; texts other than the framework's; purpose 1 not shown.
    """

    created: int
    last_updated: int
    cmp_id: int
    cmp_version: int
    consent_screen: int
    consent_language: str
    vendor_list_version: int
    purposes: tuple[int, ...] = ()
    legitimate_purposes: tuple[int, ...] = ()
    vendors: tuple[int, ...] = ()
    legitimate_vendors: tuple[int, ...] = ()
    special_features: tuple[int, ...] = ()
    publisher_country: str = "KR"
    policy_version: int = POLICY_VERSION
    is_service_specific: bool = True
    uses_other_texts: bool = False
    hides_purpose_one: bool = False

    def encode(self) -> str:
        """Return the string."""
        bits = "".join(
            (
                _number(2, 6),
                _number(self.created, 36),
                _number(self.last_updated, 36),
                _number(self.cmp_id, 12),
                _number(self.cmp_version, 12),
                _number(self.consent_screen, 6),
                _letters(self.consent_language),
                _number(self.vendor_list_version, 12),
                _number(self.policy_version, 6),
                _number(self.is_service_specific, 1),
                _number(self.uses_other_texts, 1),
                _flags(self.special_features, SPECIAL_FEATURES),
                _flags(self.purposes, PURPOSES),
                _flags(self.legitimate_purposes, PURPOSES),
                _number(self.hides_purpose_one, 1),
                _letters(self.publisher_country),
                _vendors(self.vendors),
                _vendors(self.legitimate_vendors),
                _number(0, 12),  # publisher restrictions: none
            )
        )
        bits += "0" * (-len(bits) % 8)
        packed = int(bits, 2).to_bytes(len(bits) // 8, "big")
        return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def deciseconds(day: int) -> int:
    """Return a day as such strings encode it.

    Parameters
    ----------
    day
        Days since 1970-01-01.

    Returns
    -------
    int
        Tenths of seconds since 1970-01-01 at its midnight, UTC.
    """
    return day * DAY_DECISECONDS


def _number(value: int, width: int) -> str:
    """Write a number in a given number of bits."""
    if not 0 <= value < 1 << width:
        raise ValueError(f"{value} does not fit into {width} bits of a consent string")
    return f"{value:0{width}b}"


def _letters(text: str) -> str:
    """Write capital letters in six bits each, A as 0."""
    if not (text.isascii() and text.isupper()):
        raise ValueError(f"{text!r} does not consist of capital letters")
    return "".join(_number(ord(letter) - ord("A"), 6) for letter in text)


def _flags(numbers: tuple[int, ...], count: int) -> str:
    """Write one bit for each number from 1 on."""
    if any(not 1 <= number <= count for number in numbers):
        raise ValueError(f"{numbers} are not all from 1 to {count}")
    chosen = set(numbers)
    return "".join("1" if number in chosen else "0" for number in range(1, count + 1))


def _vendors(numbers: tuple[int, ...]) -> str:
    """Write a set of vendors, as one bit each or as ranges, whichever is shorter."""
    last = max(numbers, default=0)
    field = _number(last, 16) + "0" + _flags(numbers, last)
    ranges: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], number)
        else:
            ranges.append((number, number))
    entries = "".join(
        "0" + _number(first, 16)
        if first == until
        else "1" + _number(first, 16) + _number(until, 16)
        for first, until in ranges
    )
    ranged = _number(last, 16) + "1" + _number(len(ranges), 12) + entries
    return min(field, ranged, key=len)
