"""Reads the container of an Avro file: its header, and its blocks within limits.

The container is read here and not by a library because a library decompresses a block whatever
comes of it, and because what follows a damaged block must be told.
"""

from __future__ import annotations

import bz2
import json
import lzma
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from dangol.extract.landed_bytes import MAX_RATIO, RATIO_COUNTS_FROM, RefusedFileError

_MAGIC = b"Obj\x01"
_SYNC = 16
_LARGEST_HEADER = 16 << 20
_LARGEST_BLOCK = 256 << 20
CODECS = ("null", "deflate", "snappy", "bzip2", "xz")


class DamagedBlockError(Exception):
    """A block can't be read, and so none after it can."""


@dataclass(frozen=True)
class AvroHeader:
    """The header of an Avro file.

    Parameters
    ----------
    schema
        Of a record, as parsed JSON.
    sync
        What ends each block.
    size
        In bytes.
    """

    schema: Any
    codec: str
    sync: bytes
    size: int


def read_header(path: Path) -> AvroHeader:
    """Read the header of a file.

    Returns
    -------
    AvroHeader
        Its schema is not checked.

    Raises
    ------
    RefusedFileError
        If it is not Avro, damaged, or compressed in a way that is not supported.
    """
    with path.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise RefusedFileError("it is not an Avro file: it does not begin with Obj")
        facts: dict[str, bytes] = {}
        try:
            while count := _read_long(file):
                if count < 0:
                    _read_long(file)
                for _ in range(abs(count)):
                    key = _read_bytes(file)
                    facts[key.decode()] = _read_bytes(file)
            sync = _read(file, _SYNC)
            schema = json.loads(facts["avro.schema"])
            codec = facts.get("avro.codec", b"null").decode()
        except (DamagedBlockError, KeyError, ValueError, RecursionError):
            raise RefusedFileError("the header of its Avro file is damaged") from None
        size = file.tell()
    if codec not in CODECS:
        raise RefusedFileError(
            f"its blocks are compressed with {codec[:20]!r}: ask for {', '.join(CODECS)}"
        )
    return AvroHeader(schema, codec, sync, size)


def read_blocks(path: Path, header: AvroHeader, max_bytes: int) -> Iterator[tuple[int, bytes]]:
    """Read and decompress the blocks of a file.

    Parameters
    ----------
    max_bytes
        Of all blocks, decompressed.

    Yields
    ------
    tuple of (int, bytes)
        The number of records, and the records.

    Raises
    ------
    DamagedBlockError
        If a block is damaged, cut off or too large. The message says which.
    """
    total = 0
    number = 0
    with path.open("rb") as file:
        file.seek(header.size)
        while file.peek(1):
            number += 1
            start = file.tell()
            try:
                count, data = _read_block(file, header)
                total += len(data)
                if total > max_bytes:
                    raise DamagedBlockError("more bytes than its contract allows (maxBytes)")
                if total > max(RATIO_COUNTS_FROM, MAX_RATIO * file.tell()):
                    raise DamagedBlockError(f"it is compressed more than {MAX_RATIO} times")
            except DamagedBlockError as error:
                raise DamagedBlockError(
                    f"block {number:,}, from byte {start + 1:,}, can't be read ({error}), and so "
                    "neither can what follows"
                ) from None
            yield count, data


def container(schema: Any, header: AvroHeader, count: int, data: bytes) -> bytes:
    """Return a file with one block, uncompressed, and another schema of the same layout."""
    facts = {b"avro.schema": json.dumps(schema).encode(), b"avro.codec": b"null"}
    written = [_MAGIC, _long(len(facts))]
    for key, value in facts.items():
        written += [_long(len(key)), key, _long(len(value)), value]
    written += [_long(0), header.sync, _long(count), _long(len(data)), data, header.sync]
    return b"".join(written)


def _read_block(file: IO[bytes], header: AvroHeader) -> tuple[int, bytes]:
    count, size = _read_long(file), _read_long(file)
    if count < 0 or not 0 <= size <= _LARGEST_BLOCK:
        raise DamagedBlockError("its size is invalid")
    data = _read(file, size)
    if _read(file, _SYNC) != header.sync:
        raise DamagedBlockError("its end is damaged")
    try:
        return count, _decompress(header.codec, data)
    except (zlib.error, lzma.LZMAError, OSError, ValueError, EOFError):
        raise DamagedBlockError("its compressed bytes are damaged") from None


def _decompress(codec: str, data: bytes) -> bytes:
    if codec == "null":
        return data
    if codec == "snappy":
        return _unsnappy(data)
    inflater: Any
    if codec == "deflate":
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    else:
        inflater = bz2.BZ2Decompressor() if codec == "bzip2" else lzma.LZMADecompressor()
    found: bytes = inflater.decompress(data, _LARGEST_BLOCK)
    if not inflater.eof:
        raise DamagedBlockError("it is cut off or too large")
    return found


def _unsnappy(data: bytes) -> bytes:
    from cramjam import snappy

    raw, checksum = data[:-4], data[-4:]
    if snappy.decompress_raw_len(raw) > _LARGEST_BLOCK:
        raise DamagedBlockError("it is too large")
    try:
        found = bytes(snappy.decompress_raw(raw))
    except Exception as error:  # the library has an exception of its own
        raise ValueError from error
    if zlib.crc32(found) != int.from_bytes(checksum, "big"):
        raise DamagedBlockError("its checksum differs")
    return found


def _read(file: IO[bytes], size: int) -> bytes:
    data = file.read(size)
    if len(data) < size:
        raise DamagedBlockError("the file ends within it")
    return data


def _read_bytes(file: IO[bytes]) -> bytes:
    size = _read_long(file)
    if not 0 <= size <= _LARGEST_HEADER:
        raise DamagedBlockError("a size in the header is invalid")
    return _read(file, size)


def _read_long(file: IO[bytes]) -> int:
    value = shift = 0
    while True:
        byte = _read(file, 1)[0]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return (value >> 1) ^ -(value & 1)
        shift += 7
        if shift > 63:
            raise DamagedBlockError("a number in it is invalid")


def _long(value: int) -> bytes:
    value = (value << 1) ^ (value >> 63)
    written = bytearray()
    while value > 0x7F:
        written.append((value & 0x7F) | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)
