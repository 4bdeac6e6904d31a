"""An SFTP server on this machine, in a thread of the test."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncssh

USER, PASSWORD = "sender", "correct horse"


class SftpServer:
    """Serves a folder as its root, to one user.

    Parameters
    ----------
    folder
        What is served.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.host_key = asyncssh.generate_private_key("ssh-ed25519")
        self.other_host_key = asyncssh.generate_private_key("ecdsa-sha2-nistp256")
        self.client_keys: list[bytes] = []
        self.logins: list[str] = []
        self.connections = 0
        self.opened: list[str] = []
        self.before: Callable[[str, str], Any] = lambda request, path: None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._acceptor = self.run(self._listen())
        self.port = self._acceptor.get_port()

    def certify(self, authority: asyncssh.SSHKey) -> None:
        """Show a certificate for the host key from now on, too."""
        certificate = authority.generate_host_certificate(
            self.host_key, "test", principals=["127.0.0.1"]
        )
        self.offer(server_host_keys=[(self.host_key, certificate), self.other_host_key])

    def offer(self, **options: Any) -> None:
        """Change what the next connections find."""
        self._loop.call_soon_threadsafe(lambda: self._acceptor.update(**options))

    def is_left(self) -> bool:
        """Whether nobody is connected any more, which it notices a moment later."""
        moment = threading.Event()
        for _ in range(100):
            if self.connections == 0:
                return True
            moment.wait(0.05)
        return False

    def run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._acceptor.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _listen(self) -> asyncssh.SSHAcceptor:
        server = self

        class Login(asyncssh.SSHServer):
            def connection_made(self, connection: asyncssh.SSHServerConnection) -> None:
                server.connections += 1

            def connection_lost(self, error: Exception | None) -> None:
                server.connections -= 1

            def begin_auth(self, username: str) -> bool:
                server.logins.append(username)
                return True

            def password_auth_supported(self) -> bool:
                return True

            def validate_password(self, username: str, password: str) -> bool:
                return (username, password) == (USER, PASSWORD)

            def public_key_auth_supported(self) -> bool:
                return True

            def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
                return username == USER and key.export_public_key() in server.client_keys

        class Files(asyncssh.SFTPServer):
            """Does what the test wants before it answers."""

            def __init__(self, channel: Any) -> None:
                super().__init__(channel, chroot=str(server.folder).encode())

            async def open(self, path: bytes, pflags: int, attrs: Any) -> Any:
                server.opened.append(path.decode(errors="surrogateescape"))
                await _done(server.before("open", server.opened[-1]))
                return super().open(path, pflags, attrs)

            async def read(self, file: Any, offset: int, size: int) -> Any:
                await _done(server.before("read", ""))
                return super().read(file, offset, size)

            async def close(self, file: Any) -> None:
                super().close(file)
                await _done(server.before("close", ""))

            async def fstat(self, file: Any) -> Any:
                await _done(server.before("fstat", ""))
                return super().fstat(file)

            async def rename(self, old: bytes, new: bytes) -> Any:
                await _done(server.before("rename", new.decode()))
                return super().rename(old, new)

        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=Login,
            server_host_keys=[self.host_key, self.other_host_key],
            sftp_factory=Files,
            allow_scp=False,
        )


async def _done(result: Any) -> None:
    if asyncio.iscoroutine(result):
        await result
