"""gzip with the same bytes on all machines: with libdeflate instead of the machine's zlib."""

from dataclasses import dataclass
from typing import IO

import deflate

LEVEL = 1
"""The fastest level; its output is smaller than zlib's at level 2."""

PACKED_BYTES = 8 << 20
"""Bytes per gzip member."""


def pack(data: bytes) -> bytes:
    """Compress bytes into a gzip member without a timestamp.

    Returns
    -------
    bytes
        The same on all machines with the same version of the library.
    """
    return bytes(deflate.gzip_compress(data, LEVEL))


@dataclass(frozen=True)
class Packed:
    """Compresses each write into a gzip member."""

    file: IO[bytes]

    def write(self, data: bytes, /) -> None:
        """Compress some bytes.

        Parameters
        ----------
        data
            Several megabytes, because each call makes a member.
        """
        self.file.write(pack(data))
