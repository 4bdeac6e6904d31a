"""Opens sample files and finds out what they are: format, encoding, archive members.

Only copies are read, with the extractor's own care: the same limits, the same messages.
"""

from __future__ import annotations

import codecs
import fnmatch
import json
import re
import unicodedata
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from dangol.contracts.deliveries import ARCHIVE_MARK
from dangol.contracts.model import Format
from dangol.drafting.encodings import guess_encoding
from dangol.errors import DangolError
from dangol.extract.archives import members_of, open_member
from dangol.extract.decode import Decoded, copy_bytes, decode
from dangol.extract.landed_bytes import LandedBytes
from dangol.extract.zones.zone import LandedFile

_MAX_BYTES = 4 << 30
_MAGIC = {
    b"PAR1": "parquet",
    b"Obj\x01": "avro",
    b"PK\x03\x04": "xlsx",
    b"\xd0\xcf\x11\xe0": "xlsx",
}
_BINARY = frozenset(_MAGIC.values())
_FIRST = 64 << 10


Opener = Callable[[], AbstractContextManager[IO[bytes]]]


class SampleError(DangolError):
    """Nothing can be drafted from a sample; the message says what to do."""


@dataclass(frozen=True)
class Sample:
    """One file, or one member of an archive.

    Parameters
    ----------
    name
        As it is called in the landing zone: ``orders.csv``, ``shop.zip!orders.csv``.
    kind
        The format.
    copy
        A private copy: of text, in UTF-8.
    encoding
        Of text, as it was found; empty of other files.
    is_named
        Whether the extractor needs the encoding's name to read it.
    ends_in_newline
        Whether the last line of a text is complete.
    """

    name: str
    kind: str
    copy: Path
    encoding: str = ""
    is_named: bool = False
    ends_in_newline: bool = True


@dataclass
class Samples:
    """The samples of one stream.

    Parameters
    ----------
    each
        In the order of their names.
    left_out
        Members of the archives that were not asked for.
    """

    each: list[Sample] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """The format that all of them have."""
        return self.each[0].kind


def open_samples(files: Sequence[Path], work: Path, member: str | None = None) -> Samples:
    """Copy sample files and find out their format.

    Parameters
    ----------
    work
        A private folder.
    member
        Which members of archives, as a pattern such as ``orders*.csv``.

    Returns
    -------
    Samples
        With at least one.

    Raises
    ------
    SampleError
        If a file is missing, empty or can't be read, or if their formats differ.
    """
    found = Samples()
    for number, file in enumerate(sorted(files, key=lambda each: each.name)):
        if not file.is_file():
            raise SampleError(f"{file} is not a file: name one sample or more")
        for name, opener in _contents(file, member, found.left_out):
            with _explained(name), opener() as stream:
                copy = work / f"{number:04d}-{len(found.each):04d}"
                found.each.append(_sample(name, stream, copy))
    if not found.each:
        listed = ", ".join(found.left_out) or "none"
        raise SampleError(f"no member of the archive matches {member}; its members are {listed}")
    kinds = {sample.kind for sample in found.each}
    if len(kinds) > 1:
        told = ", ".join(f"{sample.name} ({sample.kind})" for sample in found.each[:6])
        raise SampleError(
            f"the files are of several formats: {told}. Draft one stream at a time; of an archive "
            "with several kinds of members, name one kind: --member 'orders*.csv'"
        )
    return found


@contextmanager
def _explained(name: str) -> Iterator[None]:
    try:
        yield
    except SampleError:
        raise
    except DangolError as error:
        raise SampleError(f"{name}: {error}") from None


def _contents(file: Path, member: str | None, left_out: list[str]) -> Iterator[tuple[str, Opener]]:
    """Yield a file, or each wanted member of an archive, with what opens it."""
    name = unicodedata.normalize("NFC", file.name)
    if not _is_archive(file):
        yield name, lambda: file.open("rb")
        return
    archive = LandedFile(name, file.stat().st_size, "")
    with _explained(name), file.open("rb") as stream:
        members = members_of(stream, archive)
    for each in members:
        inner = each.name.partition(ARCHIVE_MARK)[2]
        if member and not fnmatch.fnmatch(inner, member):
            left_out.append(inner)
            continue
        if each.refusal:
            raise SampleError(f"{each.name}: {each.refusal}")
        yield each.name, _member_opener(file, each)


def _member_opener(file: Path, member: LandedFile) -> Opener:
    @contextmanager
    def opened() -> Iterator[IO[bytes]]:
        with (
            file.open("rb") as stream,
            open_member(stream, member, is_workbook=member.name.endswith(".xlsx")) as inner,
        ):
            yield inner

    return opened


def _is_archive(file: Path) -> bool:
    """Return whether a file is a zip archive, and not a workbook, which is one inside."""
    with file.open("rb") as stream:
        if stream.read(4) != b"PK\x03\x04":
            return False
    try:
        with zipfile.ZipFile(file) as archive:
            return "[Content_Types].xml" not in archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError):
        return file.suffix.lower() != ".xlsx"


def _sample(name: str, stream: IO[bytes], copy: Path) -> Sample:
    first = next(LandedBytes(stream, _MAX_BYTES).blocks(), b"")
    stream.seek(0)
    if not first:
        raise SampleError(f"{name} is empty (0 bytes): a sample needs a header and some rows")
    kind = _MAGIC.get(first[:4])
    if kind is None and _looks_binary(first):
        raise SampleError(
            f"{name} is neither text nor Parquet, Avro, XLSX or a zip archive: Dangol reads no "
            "other binary format"
        )
    if kind:
        copy_bytes(stream, copy, _MAX_BYTES, kind)
        return Sample(name, kind, copy)
    decoded, is_named = _decoded(name, stream, copy, first)
    kind = _kind_of_text(name, copy)
    with copy.open("rb") as text:
        text.seek(-1, 2)
        ends = text.read() == b"\n"
    return Sample(name, kind, copy, decoded.encoding, is_named, ends)


def _looks_binary(first: bytes) -> bool:
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return False
    controls = sum(byte < 32 and byte not in b"\t\r\n\f\x1a\x1d\x1e" for byte in first[:_FIRST])
    return b"\0" in first or controls > len(first[:_FIRST]) // 50


def _decoded(name: str, stream: IO[bytes], copy: Path, first: bytes) -> tuple[Decoded, bool]:
    """Decode a text as the extractor does, or in the encoding that it seems to have."""
    form = Format(needs_final_newline=False)
    encoding, is_named = guess_encoding(first)
    if is_named:
        form = Format(needs_final_newline=False, encoding=encoding)
    return decode(stream, copy, _MAX_BYTES, form), is_named


def _kind_of_text(name: str, copy: Path) -> str:
    with copy.open(encoding="utf-8") as text:
        begin = text.read(_FIRST).lstrip("\ufeff \t\r\n")
    if begin[:1] not in {"{", "["}:
        return "csv"
    line = begin.partition("\n")[0]
    try:
        is_object = isinstance(json.loads(line), dict)
    except ValueError:
        is_object = False
    if not is_object:
        return "json"
    rest = begin[len(line) :].strip()
    ends_in_lines = bool(re.search(r"\.(jsonl|ndjson)(\.gz)?$", name, re.IGNORECASE))
    is_record = not rest and not _has_list(json.loads(line))
    return "json_lines" if rest.startswith("{") or ends_in_lines or is_record else "json"


def _has_list(document: dict[str, object]) -> bool:
    """Return whether a document has a list of records near its top."""
    near = [each for each in document.values() if isinstance(each, dict)]
    return any(
        isinstance(each, list) and each and isinstance(each[0], dict)
        for place in [document, *near]
        for each in place.values()
    )
