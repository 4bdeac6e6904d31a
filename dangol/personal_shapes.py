"""Tells texts that look like somebody's address or number: the one list, for logs and for gates.

A log hides too much rather than too little: any long number may be an account or a card. A gate
stops the night, so it looks for shapes that a system's own numbers hardly ever have: a phone number
is told by its prefix or its groups. Both sets are read alike by Python and by DuckDB.
"""

from __future__ import annotations

import re

MASK = "***"

_EMAIL = r"[^\s@<>]+@[^\s@<>]+"
_LONG_NUMBER = r"\+?\d(?:[ ().-]?\d){6,}"

_MONTH_AND_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_DATE = rf"\d{{4}}-\d{{2}}-\d{{2}}|(?:19|20)\d{{2}}{_MONTH_AND_DAY}"
_CLOCK = r"(?:[01]\d|2[0-3])[:-]?[0-5]\d(?:[:-]?[0-5]\d)?"
_MOMENT = re.compile(rf"(?<!\d)((?:{_DATE})(?:[T_-]?{_CLOCK})?)(?!\d)")
"""A date, perhaps with a time: names of files have them."""

_NUMBERS = (
    r"\+\d[\d .()-]{7,}\d",  # with its country
    r"(?:010|8210)\d{8}",  # a Korean mobile phone
    r"01[016789][ .-]\d{3,4}[ .-]\d{4}",
    r"\(?0\d{1,2}\)?[ .-][3-9]\d{2,3}[ .-]\d{4}",  # no day or year in the middle
    r"\(?[2-9]\d\d\)?[ .-] ?[2-9]\d\d[ .-]\d{4}",  # an American one
    # Korea's resident number: the digit after the dash goes with the century
    rf"(?:[3-9]\d{_MONTH_AND_DAY}-[1256]|[0-2]\d{_MONTH_AND_DAY}-[3478])\d{{6}}",
    r"\d{3}-\d{2}-\d{4}",  # an American social security number
)
PERSONAL = rf"{_EMAIL}|(?:^|[^0-9A-Za-z])(?:{'|'.join(_NUMBERS)})(?:[^0-9A-Za-z]|$)"
"""A regular expression, found in texts that contain an e-mail address or a number of a person."""


def hide_personal(text: str) -> str:
    """Replace what looks like an address, or a number long enough for a phone, an account, a card.

    Returns
    -------
    str
        With ``***`` in its place; a date stays, and a date with a time.
    """
    # at odd places of the list are the moments
    pieces = _MOMENT.split(re.sub(_EMAIL, MASK, text))
    pieces[::2] = [re.sub(_LONG_NUMBER, MASK, piece) for piece in pieces[::2]]
    return "".join(pieces)
