"""From bytes to characters, so that a bad byte costs its row and no other.

A lost character becomes U+FFFD, for which its row is quarantined. In a file of an older encoding, a
row that is well-formed UTF-8 was added by another program: it is marked, because its bytes are
other letters in the file's own encoding.
"""

from __future__ import annotations

import codecs
import re
from typing import Protocol

LOST = "\ufffd"

MIXED = "\ufdd0"
"""Ends each line in UTF-8 in a file of another encoding. No text contains this noncharacter."""

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # begins with that of UTF-16
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_LONGEST_HELD = 64 << 20
_RARE = 0.01
_KOREAN = re.compile(rb"[\xb0-\xc8][\xa1-\xfe]")
_UTF_8_LINE = re.compile(
    rb"(?:[\x00-\x7f]*(?:[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}"
    rb"|[\xf0-\xf4][\x80-\xbf]{3}))+[\x00-\x7f]*"
)
_LONG_SEQUENCE = re.compile(rb"[\xe0-\xf4]")
"""Begins a character of three bytes or four: no Latin, Greek, Cyrillic, Hebrew or Arabic letter."""

_LINE_END = re.compile("(\r?\n)")
_SWAPPED = re.compile("[\u0a00\ufffe]")
"""A newline or a byte order mark whose bytes are in the wrong order."""


class Decoder(Protocol):
    """Decodes a file block by block.

    Parameters
    ----------
    lost_from
        How many characters were decoded when all that followed was lost, or None.
    """

    lost_from: int | None

    def decode(self, block: bytes, is_last: bool = False) -> str:
        """Return the characters that are complete.

        Raises
        ------
        UnicodeDecodeError
            If bytes are invalid and the decoder is strict.
        """
        ...

    @property
    def is_incomplete(self) -> bool:
        """Whether the last block ended within a character."""
        ...


def by_mark(first: bytes) -> str | None:
    """Return the encoding that the byte order mark of a first block names, if there is one."""
    return next((name for mark, name in _MARKS.items() if first.startswith(mark)), None)


def contradiction(mark: str | None, named: str | None) -> str:
    """Say that a file's byte order mark and its contract name different encodings, or nothing."""
    if not mark or not named or _family(mark) == _family(named):
        return ""
    marked = _family(mark).upper()
    return f"its byte order mark says {marked}, its contract {named}: it was read as {marked}"


def _family(encoding: str) -> str:
    return re.sub(r"[-_](sig|le|be)$", "", encoding).replace("_", "-")


def other_readings(error: UnicodeDecodeError, has_mark: bool) -> list[tuple[str, str]]:
    """Return the encodings to try, with the treatment of errors, after an invalid byte.

    UTF-8 with a few damaged bytes stays UTF-8. Other text is CP949, if it is all valid or mostly
    common Korean syllables: anything else could be read as rare ones.

    Returns
    -------
    list of tuple of (str, str)
        The first comes first; none if it is not text in an encoding that is known here.
    """
    if error.encoding == "cp949":
        return [("cp949", "replace")] if _is_korean(error.object) else []
    if error.encoding != "utf-8":
        return []
    if has_mark:
        return [("utf-8", "replace")]
    text = error.object.decode("utf-8", errors="replace")
    damaged = text.count(LOST)
    readable = sum(character > "\x7f" for character in text) - damaged
    if readable >= damaged:
        return [("utf-8", "replace")]
    is_rare = damaged < _RARE * len(text)
    return [("cp949", "strict"), *([("utf-8", "replace")] if is_rare else [])]


def _is_korean(block: bytes) -> bool:
    text = block.decode("cp949", errors="replace")
    foreign = sum(character > "\x7f" for character in text)
    damaged = text.count(LOST)
    return damaged * 3 < foreign and len(_KOREAN.findall(block)) * 2 > foreign


def decoder_of(encoding: str, errors: str, *, is_named: bool = False) -> Decoder:
    """Return a decoder.

    Parameters
    ----------
    encoding
        A name that Python knows.
    errors
        ``strict`` or ``replace``.
    is_named
        Whether the contract names the encoding. Then a line of two-byte characters that may be
        both is not taken for UTF-8 unless its characters would have three bytes there, as Korean
        ones have: a short word can be well-formed by chance.

    Returns
    -------
    Decoder
        For one file.
    """
    family = _family(encoding)
    if family == "utf-16":
        return _Utf16Decoder(encoding)
    is_unicode = family.startswith("utf")
    # these switch alphabets by escapes in ASCII, or write ASCII in other bytes
    keeps_ascii = not encoding.startswith(("iso2022", "hz")) and _ascii_in(encoding)
    if is_unicode or not keeps_ascii:
        return _PlainDecoder(encoding, errors)
    is_lenient = is_named and not _has_single_bytes(encoding)
    return _LineDecoder(encoding, errors, is_lenient)


def _has_single_bytes(encoding: str) -> bool:
    """Return whether each character of an encoding is one byte."""
    return len(bytes([0xC3, 0xA9]).decode(encoding, errors="replace")) == 2


def _ascii_in(encoding: str) -> bool:
    try:
        text = bytes(range(128)).decode(encoding)
    except ValueError:
        return False
    # Shift_JIS has a yen sign and an overline in two places, in some of its variants
    return len(text) == 128 and sum(ord(each) == nth for nth, each in enumerate(text)) >= 126


class _PlainDecoder:
    def __init__(self, encoding: str, errors: str) -> None:
        self._inner = codecs.getincrementaldecoder(encoding)(errors=errors)
        self.lost_from: int | None = None

    def decode(self, block: bytes, is_last: bool = False) -> str:
        return self._inner.decode(block)

    @property
    def is_incomplete(self) -> bool:
        return bool(self._inner.getstate()[0])


class _Utf16Decoder(_PlainDecoder):
    """Loses all that follows a lost byte, which moves every later character by half.

    What follows is moved back, so that it can be read, but nothing tells how much is missing: there
    is a lost character in each later line, for which it is quarantined.
    """

    def __init__(self, encoding: str) -> None:
        super().__init__(encoding, "replace")
        self._is_big = encoding.endswith("be")
        self._decoded = 0

    def decode(self, block: bytes, is_last: bool = False) -> str:
        self._is_big = self._is_big or (not self._decoded and block.startswith(codecs.BOM_UTF16_BE))
        text = self._inner.decode(block)
        if self.lost_from is not None:
            text = _LINE_END.sub(rf"{LOST}\1", text)
        elif swapped := _SWAPPED.search(text):
            text = self._after(text, swapped.start())
        self._decoded += len(text)
        return text

    def _after(self, text: str, place: int) -> str:
        """Decode anew from a character whose bytes are in the wrong order."""
        before, rest = text[:place], text[place:]
        raw = rest.encode(self._name(), "surrogatepass") + self._inner.getstate()[0]
        if rest[0] == "\ufffe":  # a file in the other order was appended
            self._is_big = not self._is_big
            self._inner = codecs.getincrementaldecoder(self._name())(errors="replace")
            return before + self._inner.decode(raw)
        self.lost_from = self._decoded + place
        self._inner = codecs.getincrementaldecoder(self._name())(errors="replace")
        return before + LOST + _LINE_END.sub(rf"{LOST}\1", self._inner.decode(raw[1:]))

    def _name(self) -> str:
        return "utf-16-be" if self._is_big else "utf-16-le"

    @property
    def is_incomplete(self) -> bool:
        return self.lost_from is None and super().is_incomplete


class _LineDecoder:
    """Decodes whole lines of an encoding that contains ASCII, and marks those in UTF-8."""

    def __init__(self, encoding: str, errors: str, is_lenient: bool) -> None:
        self._encoding = encoding
        self._errors = errors
        self._is_lenient = is_lenient
        self._held = b""
        self.lost_from: int | None = None
        self.is_incomplete = False

    def decode(self, block: bytes, is_last: bool = False) -> str:
        data = self._held + block
        # no second byte of a character is a line end
        end = max(data.rfind(b"\n"), data.rfind(b"\r")) + 1
        if is_last or len(data) - end > _LONGEST_HELD:
            end = len(data)
        self._held, data = data[end:], data[:end]
        if data.isascii():
            return data.decode("ascii")
        mark = b"\n" if b"\n" in data else b"\r"
        lines = data.split(mark)
        mixed = [
            place
            for place, line in enumerate(lines)
            if not line.isascii()
            and _UTF_8_LINE.fullmatch(line)
            and (not self._is_lenient or _LONG_SEQUENCE.search(line))
        ]
        try:
            return self._joined(lines, mixed, mark)
        except UnicodeDecodeError as error:
            if is_last and error.end == len(error.object):
                self.is_incomplete = True
                return ""
            raise

    def _joined(self, lines: list[bytes], mixed: list[int], mark: bytes) -> str:
        if not mixed:
            return mark.join(lines).decode(self._encoding, self._errors)
        parts: list[str] = []
        start = 0
        for place in mixed:
            if place > start:
                parts.append(mark.join(lines[start:place]).decode(self._encoding, self._errors))
            line = lines[place].decode("utf-8", errors="replace")
            text = line.rstrip("\r")
            parts.append(f"{text}{MIXED}{line[len(text) :]}")
            start = place + 1
        if start < len(lines):
            parts.append(mark.join(lines[start:]).decode(self._encoding, self._errors))
        return mark.decode().join(parts)
