"""How often a sound row of a CP949 file is taken for one in UTF-8, and quarantined by mistake.

``python -m benchmarks.mixed_encoding [ROWS]``. The rows are made up, from the words of the
synthetic company: their bytes are CP949, and those are counted that happen to be well-formed UTF-8
as well. Rows of one short word are the worst case; rows that were really written in UTF-8 are
counted too, to show that each is found.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable

from benchmarks.measure import print_table
from dangol.extract.encodings import MIXED, decoder_of
from simulator import data

SHORT = "티 컵 커피 차 침대 카드 쿠폰 택배 치킨 캔 콜라 키 칼 찜 초 파티 피자 튀김 햄 혼밥".split()
"""Common words whose syllables are late in the alphabet, where the two encodings meet."""


def _korean(*tables: str) -> list[str]:
    """Return the Korean words of some tables."""
    return [word for table in tables for word in data.columns(f"words/{table}")["korean"]]


_WORDS, _BRANDS = _korean("categories", "nouns"), _korean("brands")
_NAMES = [_korean(part) for part in ("surnames", "first_syllables", "second_syllables")]


def _name(draws: random.Random) -> str:
    return "".join(draws.choice(part) for part in _NAMES)


ROWS: dict[str, Callable[[random.Random], str]] = {
    "a member: id, name, phone": lambda draws: (
        f"{draws.randrange(10**6)},{_name(draws)},010-{draws.randrange(10**8)}"
    ),
    "an order line: id, product, price": lambda draws: (
        f"{draws.randrange(10**6)},{draws.choice(_BRANDS)} {draws.choice(_WORDS)},9900"
    ),
    "a word of the catalogue alone": lambda draws: draws.choice(_WORDS),
    "a short word, late in the alphabet": lambda draws: draws.choice(SHORT),
}


def marked(
    make: Callable[[random.Random], str], rows: int, encoding: str, *, is_named: bool
) -> int:
    """Return how many of some rows a CP949 file's decoder marks as UTF-8.

    Parameters
    ----------
    encoding
        In which they are written.
    is_named
        Whether the contract names CP949.

    Returns
    -------
    int
        Their number.
    """
    draws = random.Random(7)  # noqa: S311 - made-up rows, the same each time
    decoder = decoder_of("cp949", "replace", is_named=is_named)
    text = "".join(f"{make(draws)}\r\n" for _ in range(rows))
    return decoder.decode(text.encode(encoding), is_last=True).count(MIXED)


def main(rows: int) -> None:
    """Measure each kind of row and print a table."""
    table = []
    for name, make in ROWS.items():
        mistaken, named = (marked(make, rows, "cp949", is_named=each) for each in (False, True))
        found = min(marked(make, rows, "utf-8", is_named=each) for each in (False, True))
        table.append([name, f"{mistaken:,}", f"{named:,}", f"{found:,}"])
    print_table(
        [f"row, {rows:,} of each", "CP949, mistaken", "... and named", "UTF-8, found"], table
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
