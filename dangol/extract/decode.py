"""Copies a landed file to a private file, as plain UTF-8 if it is text, checking every byte.

Only this copy is loaded later: the hash is that of the bytes read, and replacing the file in the
landing zone meanwhile changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import IO

from dangol.contracts.model import Format
from dangol.extract.encodings import other_readings
from dangol.extract.landed_bytes import IncompleteFileError, LandedBytes, RefusedFileError
from dangol.extract.text_copy import TextCopy

_WITH_HEADER = frozenset({"csv", "json"})


@dataclass(frozen=True)
class Decoded:
    r"""The private copy of a landed file.

    Parameters
    ----------
    path
        The copy. Of text: in UTF-8, with ``\n`` line ends (except in quotes) and no byte order
        mark.
    sha256
        Of the landed bytes.
    landed_bytes, decoded_bytes
        Sizes before and after decompression and decoding.
    encoding
        Of text, such as ``utf-8``, ``utf-8-sig``, ``utf-16`` or ``cp949``; empty of other files.
    lines
        Of the copy, the header's included.
    is_plain
        Whether each line is a record, apart from those before the rows: no quotes or escapes, no
        blank lines or comments, none longer than a field may be, and no replacement characters.
        Only such a file is parsed without examining each record.
    is_ascii
        Whether its text has no other characters, apart from lines before the header: then there is
        nothing to compose.
    skipped
        Whether there was an end-of-file mark: 1 or 0.
    note
        What was unusual, or empty.
    kind
        The format of the copy, which is that of the stream, or JSON lines.
    """

    path: Path
    sha256: str
    landed_bytes: int
    decoded_bytes: int
    encoding: str = ""
    lines: int = 0
    is_plain: bool = False
    is_ascii: bool = False
    skipped: int = 0
    note: str = ""
    kind: str = "csv"


def copy_bytes(stream: IO[bytes], target: Path, max_bytes: int, kind: str) -> Decoded:
    """Write a landed file's bytes to a private file, decompressed if it is gzipped.

    Parameters
    ----------
    stream, target, max_bytes
        As of `decode`.
    kind
        Its format.

    Returns
    -------
    Decoded
        The copy and its properties.

    Raises
    ------
    RefusedFileError
        If it is larger than allowed, or its gzip stream is damaged.
    IncompleteFileError
        If it is empty, or its gzip stream is truncated.
    """
    source = LandedBytes(stream, max_bytes)
    with target.open("wb") as copy:
        target.chmod(0o600)
        for block in source.blocks():
            copy.write(block)
    size = target.stat().st_size
    if not size:
        raise IncompleteFileError("it is empty (0 bytes)")
    return Decoded(target, source.sha256(), source.bytes_read, size, kind=kind)


def decode(
    stream: IO[bytes], target: Path, max_bytes: int, form: Format, may_be_empty: bool = False
) -> Decoded:
    """Write a landed file's text to a private file.

    An encoding that the contract names is used as it is. Otherwise text that is not UTF-8 is read
    as CP949. Damaged bytes leave U+FFFD in their place, so that only their rows are quarantined.

    Parameters
    ----------
    stream
        The landed bytes, seekable; plain or gzipped, which is detected from the content.
    target
        The private file; replaced.
    max_bytes
        Of the decompressed content. A compression ratio above 100 is rejected too, from 16 MiB on:
        real exports stay below 40.
    form
        How it is written, by its contract.
    may_be_empty
        Whether a file of 0 bytes is complete, if it needs no header.

    Returns
    -------
    Decoded
        The copy and its properties.

    Raises
    ------
    RefusedFileError
        If it is not text in one of these encodings, contains a NUL byte or a line over 64 MiB, or
        is larger than allowed.
    IncompleteFileError
        If it is empty, or its gzip stream or its last line is incomplete.
    """
    attempts = [(form.encoding, "replace")] if form.encoding else [("utf-8", "strict")]
    failure = ""
    while attempts:
        encoding, errors = attempts.pop(0)
        stream.seek(0)
        source = LandedBytes(stream, max_bytes)
        copy = TextCopy(target, form)
        try:
            used = copy.fill(source, encoding, errors)
        except UnicodeDecodeError as error:
            line = copy.lines + error.object[: error.start].count(b"\n") + 1
            failure = failure or f"see line {line:,}"
            attempts = other_readings(error, copy.has_mark) or attempts
            continue
        if copy.lines or not may_be_empty or form.kind in _WITH_HEADER:
            copy.check_end(source, form.needs_final_newline)
        return Decoded(
            target,
            source.sha256(),
            source.bytes_read,
            target.stat().st_size,
            used,
            copy.lines,
            copy.is_plain,
            copy.is_ascii,
            copy.skipped,
            copy.note,
            form.kind,
        )
    raise RefusedFileError(
        f"it is not text in UTF-8, UTF-16 or CP949 ({failure}): ask for it in UTF-8, or name its "
        "encoding in the contract"
    )
