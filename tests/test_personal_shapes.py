"""What looks like a person's number or address, to a log and to a gate."""

from __future__ import annotations

import re

import duckdb
import pytest

from dangol.personal_shapes import MASK, PERSONAL, hide_personal

PERSONS = [
    "kim@example.com", "01012345678", "010-1234-5678", "010 1234 5678", "202401-01012345678",
    "c7_010-1234-5678", "821012345678", "+82 10-1234-5678", "+442079460018", "02-3456-7890",
    "031.456.7890", "(02) 345-6789", "(415) 555-0132", "415-555-0132", "900101-1234567",
    "040229-3123456", "123-45-6789",
]  # fmt: skip
NUMBERS = [
    "", "o-77", "31198570044", "000012345678", "20240101-0000123", "240101-1000123", "2024-01-15",
    "02-2024-0001", "028-1234567-1234567", "8801043014830", "0198526636", "978-0-19-852663-6",
    "1234-5678-9012-3456", "3f2b0123-4567-4890-8012-010123456789", "#1001", "G:3-104",
    "0c31f7a2b4d86e905a1b2c3d4e5f6071", "ORD20171231093000", "192.168.0.12", "2017123109300012",
    "2024.123.4567", "주문-2024-000123",
]  # fmt: skip


def is_found(text: str) -> set[bool]:
    """What Python and DuckDB say."""
    (row,) = duckdb.execute("select regexp_matches(?, ?)", [text, PERSONAL]).fetchall()
    return {re.search(PERSONAL, text) is not None, *row}


@pytest.mark.parametrize("text", PERSONS)
def test_a_person_s_number_or_address_is_found_alike_by_python_and_the_database(text: str) -> None:
    assert is_found(text) == {True}


@pytest.mark.parametrize("text", NUMBERS)
def test_a_system_s_own_numbers_are_not(text: str) -> None:
    assert is_found(text) == {False}


@pytest.mark.parametrize("text", [each for each in PERSONS if each.count("-") < 3])
def test_a_log_shows_nothing_that_a_gate_would_find(text: str) -> None:
    assert hide_personal(text) != text
    assert MASK in hide_personal(text)
    assert is_found(hide_personal(text)) == {False}


@pytest.mark.parametrize("text", ["4111 1111 1111 1111", "110123456789", "9001011234567"])
def test_a_log_shows_no_number_long_enough_for_a_card_or_an_account(text: str) -> None:
    assert hide_personal(text) == MASK


@pytest.mark.parametrize("text", ["o-77", "orders_2017-12-31.csv", "p20171231x", "123456"])
def test_days_and_short_numbers_stay(text: str) -> None:
    assert hide_personal(text) == text
