"""Text is composed (NFC) on its way into the lake: a word has one spelling on every engine."""

from __future__ import annotations

_UNTOUCHED = (
    r"\x{1}-\x{2FF}"  # Latin
    r"\x{2010}-\x{2027}\x{2030}-\x{205E}"  # punctuation
    r"\x{3000}-\x{3029}\x{3130}-\x{318F}"  # punctuation of Hangul and Han, and single jamo
    r"\x{4E00}-\x{9FFF}\x{AC00}-\x{D7A3}"  # Han, and Hangul syllables
    r"\x{FF01}-\x{FFEE}"  # full width
)
"""Characters that composition leaves unchanged in a text that contains no others."""

_LOST = 0x11A7
"""An old Korean vowel, which DuckDB 1.5's ``nfc_normalize`` drops after a syllable."""


def composed(text: str) -> str:
    """Return SQL that composes a text.

    Parameters
    ----------
    text
        In SQL, of type VARCHAR.

    Returns
    -------
    str
        Its NFC, the same as that of Python's `unicodedata`. ASCII text costs nothing, and typical
        composed text a third of what ``nfc_normalize`` takes to find that it is composed.
    """
    lost = f"chr({_LOST})"
    # cut at the vowel: it composes with nothing, so the parts can be composed one by one
    parts = f"list_transform(string_split({text}, {lost}), lambda part: nfc_normalize(part))"
    return (
        f"case when strlen({text}) = length({text}) then {text} "
        f"when not regexp_matches({text}, '[^{_UNTOUCHED}]') then {text} "
        f"when contains({text}, {lost}) then array_to_string({parts}, {lost}) "
        f"else nfc_normalize({text}) end"
    )
