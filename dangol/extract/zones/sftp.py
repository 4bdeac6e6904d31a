"""A landing zone on an SFTP server, which is where most exports arrive."""

from __future__ import annotations

import asyncio
import errno
import io
import os
import posixpath
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import IO, Any, cast

import asyncssh

from dangol.extract.landed_bytes import UnreadableFileError
from dangol.extract.zones import sftp_connection
from dangol.extract.zones.drivers import why_unusable
from dangol.extract.zones.sftp_connection import SftpConnection
from dangol.extract.zones.sftp_login import login_of_environment
from dangol.extract.zones.zone import (
    LINKED_FOLDER,
    NOT_A_FILE_ANY_MORE,
    LandedFile,
    LandingError,
    OpenedFile,
    Zone,
    listed,
    refusal_of,
)
from dangol.files import PART_SUFFIX

_BLOCK = 1 << 20


class SftpZone(Zone):
    """A folder on an SFTP server.

    Parameters
    ----------
    address
        ``sftp://user@host:port/folder``. Without a folder, it is the one that the login starts in.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        login = login_of_environment(address)
        self._folder = login.folder
        self._connection = SftpConnection(login)

    def check(self) -> None:
        """Raise LandingError if the folder does not exist, or the server can't be used."""
        try:
            is_there = self._connection.ask(lambda sftp: sftp.isdir(self._folder))
        except OSError as error:
            raise LandingError(why_unusable(self._address, error)) from error
        if not is_there:
            raise LandingError(
                f"the landing zone {self._address} (DANGOL_LANDING) does not exist: "
                f"the server has no folder {self._folder}"
            )

    def systems(self) -> list[str]:
        """Return the names in the folder."""
        return [name for name, _ in self._list(self._folder)]

    def files(self, system: str) -> Iterator[LandedFile]:
        """List a system's folder.

        Yields
        ------
        LandedFile
            Or one entry named ``.`` if the folder is a link.

        Raises
        ------
        LandingError
            If the server can't be used.
        """
        folder = posixpath.join(self._folder, system)
        try:
            status = self._connection.ask(lambda sftp: sftp.lstat(folder))
        except FileNotFoundError:
            return
        except OSError as error:
            raise LandingError(why_unusable(self._address, error)) from error
        if stat.S_ISLNK(status.permissions or 0):
            yield LandedFile(".", 0, "", LINKED_FOLDER)
            return
        for name, entry in self._list(folder):
            fingerprint = _fingerprint(entry)
            yield listed(name, entry.size or 0, fingerprint, _refusal(entry), entry.mtime)

    def open(self, system: str, name: str) -> OpenedFile:
        """Open a regular file.

        The protocol can't open a file without following a link. So the name is looked at before,
        and again afterwards: it must still be the file that was opened.

        Returns
        -------
        OpenedFile
            Whose fingerprint is that of the open file, not of the name.
        """
        path = posixpath.join(self._folder, system, name)
        file, status = self._connection.ask(lambda sftp: _open(sftp, path))
        size = sys.maxsize if status.size is None else status.size
        return OpenedFile(
            cast("IO[bytes]", _Stream(self._connection, file, size)),
            _fingerprint(status),
            lambda: _fingerprint(self._connection.wait(file.stat())),
        )

    def put(self, system: str, name: str, content: bytes) -> bool:
        """Write a temporary file and rename it, which the server refuses if the name is taken."""
        folder = posixpath.join(self._folder, system)
        try:
            return self._connection.ask(
                lambda sftp: _put(sftp, folder, name, content), is_repeatable=False
            )
        except OSError as error:
            raise LandingError(
                f"{self._address}/{system}/{name} can't be written: {error.strerror}"
            ) from error

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _list(self, folder: str) -> list[tuple[str, asyncssh.SFTPAttrs]]:
        try:
            return self._connection.ask(lambda sftp: _list(sftp, folder), is_one_answer=False)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise LandingError(why_unusable(self._address, error)) from error


class _Stream(io.RawIOBase):
    """A remote file's bytes, as many as it had when it was opened."""

    def __init__(
        self, connection: SftpConnection, file: asyncssh.SFTPClientFile, size: int
    ) -> None:
        self._connection = connection
        self._file = file
        self._size = size
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        self._position = start + offset
        return self._position

    def readinto(self, buffer: Any) -> int:
        wanted = min(len(buffer), _BLOCK, self._size - self._position)
        if wanted <= 0:
            return 0
        block = cast("bytes", self._connection.wait(self._file.read(wanted, self._position)))
        buffer[: len(block)] = block
        self._position += len(block)
        return len(block)

    def close(self) -> None:
        if not self.closed:
            super().close()
            with suppress(OSError):  # what was read is checked already
                self._connection.wait(self._file.close())

    def __del__(self) -> None:
        """Don't close it: the collector may run in the event loop, which would wait for itself."""


async def _list(sftp: asyncssh.SFTPClient, folder: str) -> list[tuple[str, asyncssh.SFTPAttrs]]:
    """Return a folder's names with their attributes, which are those of a link itself."""
    found = []
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(sftp_connection.ANSWERS_WITHIN) as limit:
        async for entry in sftp.scandir(folder):
            limit.reschedule(loop.time() + sftp_connection.ANSWERS_WITHIN)
            name = cast("str", entry.filename)
            if name not in {".", ".."}:
                found.append((name, entry.attrs))
    return found


async def _open(
    sftp: asyncssh.SFTPClient, path: str
) -> tuple[asyncssh.SFTPClientFile, asyncssh.SFTPAttrs]:
    await _regular(sftp, path)  # opening a pipe would wait for somebody to write into it
    file = await sftp.open(path, "rb")
    try:
        status = await file.stat()
        if _fingerprint(await _regular(sftp, path)) != _fingerprint(status):
            raise UnreadableFileError("it changed while it was being opened")
    except Exception:
        await file.close()
        raise
    return file, status


async def _regular(sftp: asyncssh.SFTPClient, path: str) -> asyncssh.SFTPAttrs:
    status = await sftp.lstat(path)
    if _refusal(status):
        raise UnreadableFileError(NOT_A_FILE_ANY_MORE)
    return status


async def _put(sftp: asyncssh.SFTPClient, folder: str, name: str, content: bytes) -> bool:
    """Write a file under a name that is never read as an export, then rename it."""
    target, part = f"{folder}/{name}", f"{folder}/.{name}{PART_SUFFIX}"
    if await sftp.lexists(target):
        return False
    await sftp.makedirs(folder, exist_ok=True)
    async with sftp.open(part, "wb", asyncssh.SFTPAttrs(permissions=0o600)) as file:
        await file.write(content)
        with suppress(asyncssh.SFTPOpUnsupported):  # an extension of OpenSSH's
            await file.fsync()
    try:
        await sftp.rename(part, target)
    except asyncssh.SFTPError:
        await sftp.remove(part)
        if await sftp.lexists(target):  # it arrived meanwhile
            return False
        raise
    return True


def _refusal(status: asyncssh.SFTPAttrs) -> str | None:
    if status.permissions is None:
        return "the server does not say whether it is a regular file"
    return refusal_of(status.permissions)


def _fingerprint(status: asyncssh.SFTPAttrs) -> str:
    return f"{status.size}-{status.mtime}"
