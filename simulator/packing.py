"""gzip with the same bytes on all machines: by libdeflate, not by the machine's own zlib."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO

import deflate

LEVEL = 1
"""The fastest; smaller than zlib makes it at level 2."""

PACKED_BYTES = 8 << 20
"""How much is packed at once, into a gzip member of its own."""


def pack(data: bytes) -> bytes:
    """Pack bytes into a gzip member, which bears no time.

    Returns
    -------
    bytes
        The same on all machines, with one version of the library.
    """
    return bytes(deflate.gzip_compress(data, LEVEL))


@dataclass(frozen=True)
class Packed:
    """Packs all that is written to it at once into a gzip member."""

    file: IO[bytes]

    def write(self, data: bytes, /) -> None:
        """Pack some bytes.

        Parameters
        ----------
        data
            Some megabytes: each call makes a member.
        """
        self.file.write(pack(data))
