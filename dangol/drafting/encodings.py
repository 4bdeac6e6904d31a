"""Guesses the encoding of a text that the extractor would not read by itself."""

from __future__ import annotations

import re

_KOREAN = re.compile(rb"[\xb0-\xc8][\xa1-\xfe]")
_KANA = re.compile("[\u3040-\u30ff]")
_LATIN = re.compile("[A-Za-zÀ-ÖØ-öø-ÿŠšŽžŒœŸ€°²³§®©£«»\u00a0\u00b4·\u00d7¡¿]|[\u2013-\u2026]")
_SURE = 0.9


def guess_encoding(first: bytes) -> tuple[str, bool]:
    """Guess the encoding of a text.

    Parameters
    ----------
    first
        Its first block.

    Returns
    -------
    tuple of (str, bool)
        A name, and whether the contract must name it: the extractor reads UTF-8, UTF-16 and CP949
        by itself.
    """
    whole = first[: first.rfind(b"\n") + 1] or first
    if whole.isascii() or _fits(whole, "utf-8") or whole.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-8", False
    foreign = sum(byte > 0x7F for byte in whole)
    if _fits(whole, "cp949") and len(_KOREAN.findall(whole)) * 2 >= foreign * _SURE:
        return "cp949", True
    if _fits(whole, "cp932"):
        text = whole.decode("cp932")
        count = sum(character > "\x7f" for character in text)
        if len(_KANA.findall(text)) * 5 >= count:
            return "cp932", True
    if _fits(whole, "cp1252"):
        letters = [each for each in whole.decode("cp1252") if each > "\x7f"]
        known = sum(bool(_LATIN.fullmatch(each)) for each in letters)
        if known >= len(letters) * _SURE:
            return "cp1252", True
    return "utf-8", False  # the extractor says what is wrong with it


def _fits(text: bytes, encoding: str) -> bool:
    try:
        text.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
