"""One connection to an SFTP server, and the requests over it, each within a time limit."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Awaitable, Callable
from typing import TypeVar

import asyncssh
from fsspec.asyn import get_loop

from dangol.extract.zones.sftp_login import SftpLogin

ANSWERS_WITHIN = 60.0
"""Seconds for one request, or for a block of a file."""

_BROKEN = (asyncssh.DisconnectError, asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection)
_Answer = TypeVar("_Answer")


class SftpConnection:
    """Opened when it is first needed, and again when it has broken.

    fsspec runs the event loop, in a thread of its own, so that the connection stays alive while a
    file is being parsed. What goes wrong is an OSError, or a LandingError if the server can't be
    used at all.
    """

    def __init__(self, login: SftpLogin) -> None:
        self._login = login
        self._connection: asyncssh.SSHClientConnection | None = None
        self._sftp: asyncssh.SFTPClient | None = None

    def ask(
        self,
        request: Callable[[asyncssh.SFTPClient], Awaitable[_Answer]],
        is_one_answer: bool = True,
        is_repeatable: bool = True,
    ) -> _Answer:
        """Make a request.

        Parameters
        ----------
        request
            Is given the session.
        is_one_answer
            Otherwise it limits the time for each of its answers itself.
        is_repeatable
            Whether to ask again over a new connection if the old one turns out to be gone.

        Returns
        -------
        object
            The request's result.

        Raises
        ------
        ConnectionError
            If the connection breaks. Other problems are other kinds of OSError.
        """
        was_open = self._sftp is not None
        try:
            return self._run(self._ask(request, is_one_answer))
        except ConnectionError:
            if not (was_open and is_repeatable):
                raise
            # a server hangs up on a client that is silent while it parses a file
            return self._run(self._ask(request, is_one_answer))

    def wait(self, work: Awaitable[_Answer]) -> _Answer:
        """Do something with a file that was opened over this connection, and return the result."""
        return self._run(self._guard(work, is_one_answer=True))

    def close(self) -> None:
        """Close the connection, whatever its state."""
        if self._connection is not None:
            self._run(self._drop())

    def _run(self, work: Awaitable[_Answer]) -> _Answer:
        async def run() -> _Answer:
            return await work

        return asyncio.run_coroutine_threadsafe(run(), get_loop()).result()

    async def _ask(
        self, request: Callable[[asyncssh.SFTPClient], Awaitable[_Answer]], is_one_answer: bool
    ) -> _Answer:
        if self._sftp is None:
            self._connection, self._sftp = await self._login.connect()
        return await self._guard(request(self._sftp), is_one_answer)

    async def _guard(self, work: Awaitable[_Answer], is_one_answer: bool) -> _Answer:
        """Wait for a result, and turn what the library raises into an OSError."""
        try:
            async with asyncio.timeout(ANSWERS_WITHIN if is_one_answer else None):
                return await work
        except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath) as error:
            raise FileNotFoundError(errno.ENOENT, "No such file or directory") from error
        except asyncssh.SFTPPermissionDenied as error:
            raise PermissionError(errno.EACCES, "Permission denied") from error
        except TimeoutError as error:
            await self._drop()
            words = f"no response within {ANSWERS_WITHIN:g} seconds"
            raise TimeoutError(errno.ETIMEDOUT, words) from error
        except (*_BROKEN, OSError) as error:
            await self._drop()
            raise ConnectionResetError(errno.ECONNRESET, "the connection broke") from error
        except asyncssh.Error as error:  # a server's own words could contain anything
            raise OSError(errno.EIO, f"the server answers {type(error).__name__}") from error

    async def _drop(self) -> None:
        connection, self._connection, self._sftp = self._connection, None, None
        if connection is not None:
            connection.abort()
