"""How the text of a number is read, as SQL: its marks, its currency, its sign."""

from __future__ import annotations

import re
from dataclasses import dataclass

SPACES = " \t\u00a0\u202f"
_APOSTROPHES = "'\u2019"
_MINUS = "\u2212\uff0d\ufe63"
_TRIANGLES = "\u25b3\u25b2"
_SPACE = r"[ \t\x{A0}\x{202F}]*"
_EXPONENT = r"(?:[eE][+-]?\d+)?"


@dataclass(frozen=True)
class Notation:
    """How numbers are written.

    Parameters
    ----------
    decimal, thousands
        The marks; no thousands mark is an empty text.
    currencies
        What may stand before or after an amount.
    negative
        Of `dangol.contracts.properties.NEGATIVE`.
    """

    decimal: str = "."
    thousands: str = ""
    currencies: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Whether DuckDB reads such numbers by itself."""
        return self == Notation()


def plain_number(notation: Notation, text: str) -> str:
    """Return the SQL of a number's text as SQL writes it, null if it is not written like this.

    Parameters
    ----------
    text
        In SQL, of type VARCHAR.

    Returns
    -------
    str
        Of type VARCHAR, too.
    """
    if notation.is_plain:
        return text
    trimmed = f"trim({text}, {literal(SPACES)})"
    below, other = _shapes(notation)
    digits = trimmed
    if notation.currencies:
        digits = f"regexp_replace({digits}, {literal(_currency(notation))}, '', 'g')"
    groups = _class(f"{SPACES}{_marks(notation)}")
    digits = f"regexp_replace({digits}, {literal(groups)}, '', 'g')"
    signs = f"^[-+({_MINUS}{_TRIANGLES}]+|[-){_MINUS}]+$"
    digits = f"regexp_replace({digits}, {literal(signs)}, '', 'g')"
    if notation.decimal != ".":
        digits = f"replace({digits}, {literal(notation.decimal)}, '.')"
    return (
        f"case when regexp_full_match({trimmed}, {literal(other)}) then {digits}"
        f" when regexp_full_match({trimmed}, {literal(below)}) then '-' || {digits} end"
    )


def literal(text: str) -> str:
    """Return a text of a contract as SQL."""
    return "'" + text.replace("'", "''") + "'"


def _shapes(notation: Notation) -> tuple[str, str]:
    """Return the shapes of numbers below zero, and of all others."""
    whole = r"\d*"
    if notation.thousands:
        whole = rf"(?:\d{{1,3}}(?:{_class(_marks(notation))}\d{{3}})+|\d*)"
    number = rf"{whole}(?:{_class(notation.decimal)}\d*)?{_EXPONENT}"
    currency = _currency(notation)
    amount = number
    if currency:
        amount = f"(?:{currency}{_SPACE})?{number}(?:{_SPACE}{currency})?"
    minus = f"[-{_MINUS}]" if "minus" in notation.negative else "-"
    around = {
        f"{minus}{_SPACE}": "",
        **({"": f"{_SPACE}{minus}"} if "trailing" in notation.negative else {}),
        **({rf"\({_SPACE}": rf"{_SPACE}\)"} if "brackets" in notation.negative else {}),
        **({f"[{_TRIANGLES}]{_SPACE}": ""} if "triangle" in notation.negative else {}),
    }
    below = [f"{before}{amount}{after}" for before, after in around.items()]
    other = [rf"\+?{_SPACE}{amount}"]
    if currency:
        signed = [f"{before}{number}{after}" for before, after in around.items()]
        below += [f"{currency}{_SPACE}{each}" for each in signed]
        below += [f"{each}{_SPACE}{currency}" for each in signed]
        other.append(rf"{currency}{_SPACE}\+{number}")
    return "|".join(below), "|".join(other)


def _currency(notation: Notation) -> str:
    longest_first = sorted(notation.currencies, key=lambda each: (-len(each), each))
    return f"(?:{'|'.join(map(re.escape, longest_first))})" if longest_first else ""


def _marks(notation: Notation) -> str:
    """Return the marks that separate thousands as the one of the notation does."""
    mark = notation.thousands
    return next((alike for alike in (SPACES, _APOSTROPHES) if mark and mark in alike), mark)


def _class(marks: str) -> str:
    return "[" + "".join(f"\\x{{{ord(mark):x}}}" for mark in marks) + "]"
