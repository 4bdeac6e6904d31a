"""The senders' side of each kind of landing zone: a server on this machine, and a wire to it.

Each `Side` has the same methods, so that the same test can be told of all of them.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncssh
import pytest

from tests.extract.fake_azure import ACCOUNT, KEY, FakeAzure
from tests.extract.sftp_server import PASSWORD, SftpServer

LONG_AGO = 3600.0


class Wire:
    """A TCP relay to a server: it can be cut, stop carrying anything, and be taken away.

    Parameters
    ----------
    port
        The server's.
    """

    def __init__(self, port: int) -> None:
        self._target = port
        self.cut_after: int | None = None  # bytes from the server, on each connection
        self.stall_after: int | None = None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._sockets: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def take_away(self) -> None:
        """Refuse connections, and break the present ones."""
        _close(self._listener)
        self.hang_up()

    def hang_up(self) -> None:
        for each in self._sockets:
            _close(each)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
                self._sockets += [client, server]
                for each in (client, server):
                    each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for source, sink, is_answer in ((client, server, False), (server, client, True)):
                    threading.Thread(
                        target=self._carry, args=(source, sink, is_answer), daemon=True
                    ).start()

    def _carry(self, source: socket.socket, sink: socket.socket, is_answer: bool) -> None:
        carried = 0
        with suppress(OSError):
            while block := source.recv(16 << 10):
                carried += len(block)
                if is_answer and self.stall_after is not None and carried > self.stall_after:
                    threading.Event().wait(3600)  # tests of the extractor patch time.sleep
                if is_answer and self.cut_after is not None and carried > self.cut_after:
                    break
                sink.sendall(block)
        _close(source)
        _close(sink)


def _close(each: socket.socket) -> None:
    with suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
    each.close()


class Side:
    """What a sender can do, and what can happen to it."""

    landing: str
    wire: Wire | None = None
    cuts_after = 400_000  # bytes: more than a listing, fewer than the large file

    def put(self, path: str, content: str | bytes, age: float = LONG_AGO) -> None:
        raise NotImplementedError

    def get(self, path: str) -> bytes:
        raise NotImplementedError

    def remove(self, path: str) -> None:
        raise NotImplementedError

    def remove_all(self) -> None:
        """Take the whole landing zone away, as if its address were wrong."""
        raise NotImplementedError

    def close(self) -> None:
        pass


def _raw(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content


class FolderSide(Side):
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.landing = str(folder)

    def put(self, path: str, content: str | bytes, age: float = LONG_AGO) -> None:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(_raw(content))
        os.utime(file, (time.time() - age,) * 2)

    def get(self, path: str) -> bytes:
        return (self.folder / path).read_bytes()

    def remove(self, path: str) -> None:
        (self.folder / path).unlink(missing_ok=True)

    def remove_all(self) -> None:
        shutil.rmtree(self.folder)


class SftpSide(FolderSide):
    """A folder that is read over SFTP, from a server in Python."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(folder)
        self.server = SftpServer(folder)
        self.wire = Wire(self.server.port)
        self.landing = f"sftp://sender@127.0.0.1:{self.wire.port}/"
        self.known_hosts = folder.with_name("known_hosts")
        self.trust(self.server.host_key)
        monkeypatch.setenv("DANGOL_SFTP_PASSWORD", PASSWORD)
        monkeypatch.setenv("DANGOL_SFTP_KNOWN_HOSTS", str(self.known_hosts))

    def trust(self, key: asyncssh.SSHKey) -> None:
        public = key.export_public_key().decode()
        self.known_hosts.write_text(f"[127.0.0.1]:{self.wire.port} {public}")

    def close(self) -> None:
        self.wire.take_away()
        self.server.stop()


class OpenSshSide(FolderSide):
    """The same from OpenSSH's server, with a key."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(folder)
        rooms = folder.with_name("sshd")
        rooms.mkdir(mode=0o700)
        for name in ("host", "client"):
            key = asyncssh.generate_private_key("ssh-ed25519")
            key.write_private_key(rooms / name)
            key.write_public_key(rooms / f"{name}.pub")
            (rooms / name).chmod(0o600)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        (rooms / "config").write_text(
            f"ListenAddress 127.0.0.1\nPort {port}\nHostKey {rooms}/host\nPidFile none\n"
            f"AuthorizedKeysFile {rooms}/client.pub\nStrictModes no\nUsePAM no\n"
            "PermitRootLogin yes\nPasswordAuthentication no\nSubsystem sftp internal-sftp\n"
        )
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)
        self.process = subprocess.Popen(
            [shutil.which("sshd") or "/usr/sbin/sshd", "-D", "-e", "-f", str(rooms / "config")],
            stderr=subprocess.DEVNULL,
        )
        _wait_for(port)
        self.wire = Wire(port)
        user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout
        self.landing = f"sftp://{user.strip()}@127.0.0.1:{self.wire.port}{folder}"
        known = rooms / "known_hosts"
        known.write_text(f"[127.0.0.1]:{self.wire.port} {(rooms / 'host.pub').read_text()}")
        monkeypatch.setenv("DANGOL_SFTP_KEY", str(rooms / "client"))
        monkeypatch.setenv("DANGOL_SFTP_KNOWN_HOSTS", str(known))

    def close(self) -> None:
        self.wire.take_away()
        self.process.terminate()
        self.process.wait(10)


class S3Side(Side):
    """A bucket of moto, through a client of Amazon's own."""

    def __init__(self, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
        import boto3

        self.wire = Wire(port)
        for name, value in {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.wire.port}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test-secret",
            "AWS_DEFAULT_REGION": "ap-northeast-2",
        }.items():
            monkeypatch.setenv(name, value)
        # the library tries five times, with pauses
        monkeypatch.setattr("s3fs.core.S3FileSystem.retries", 2)
        self.client = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{port}")
        self.name = f"company-{uuid4().hex}"
        region = {"LocationConstraint": "ap-northeast-2"}
        self.client.create_bucket(Bucket=self.name, CreateBucketConfiguration=region)
        self.landing = f"s3://{self.name}/landing"

    def put(self, path: str, content: str | bytes, age: float = LONG_AGO) -> None:
        self.client.put_object(Bucket=self.name, Key=f"landing/{path}", Body=_raw(content))

    def get(self, path: str) -> bytes:
        return self.client.get_object(Bucket=self.name, Key=f"landing/{path}")["Body"].read()

    def remove(self, path: str) -> None:
        self.client.delete_object(Bucket=self.name, Key=f"landing/{path}")

    def remove_all(self) -> None:
        for each in self.client.list_objects_v2(Bucket=self.name).get("Contents", ()):
            self.client.delete_object(Bucket=self.name, Key=each["Key"])
        self.client.delete_bucket(Bucket=self.name)

    def close(self) -> None:
        self.wire.take_away()


class GsSide(Side):
    """A bucket of the storage emulator; the login is one of a service account."""

    def __init__(self, port: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        import requests

        self.wire = Wire(port)
        self.name = f"company-{uuid4().hex}"
        self._base = f"http://127.0.0.1:{port}"
        self._session = requests.Session()
        self._session.post(
            f"{self._base}/storage/v1/b", json={"name": self.name}
        ).raise_for_status()
        self.landing = f"gs://{self.name}/landing"
        self.tokens = _TokenServer(("127.0.0.1", 0), _Tokens)
        threading.Thread(target=self.tokens.serve_forever, daemon=True).start()
        key = asyncssh.generate_private_key("ssh-rsa").export_private_key("pkcs8-pem").decode()
        account = {
            "type": "service_account",
            "project_id": "company",
            "private_key_id": "1",
            "private_key": key,
            "client_email": "pipeline@company.iam.gserviceaccount.com",
            "token_uri": f"http://127.0.0.1:{self.tokens.server_port}/token",
        }
        file = folder / "account.json"
        file.write_text(json.dumps(account))
        monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(file))
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{self.wire.port}")
        # the library waits for half a minute in all before it gives up
        monkeypatch.setattr("gcsfs.retry.min", lambda *given: 0.01, raising=False)

    def put(self, path: str, content: str | bytes, age: float = LONG_AGO) -> None:
        about = json.dumps({"name": f"landing/{path}"}).encode()
        head = b"--part\r\nContent-Type: application/json\r\n\r\n" + about + b"\r\n"
        head += b"--part\r\nContent-Type: text/csv\r\n\r\n"
        self._session.post(
            f"{self._base}/upload/storage/v1/b/{self.name}/o?uploadType=multipart",
            data=head + _raw(content) + b"\r\n--part--\r\n",
            headers={"Content-Type": "multipart/related; boundary=part"},
        ).raise_for_status()

    def get(self, path: str) -> bytes:
        return self._object("get", path, alt="media").content

    def remove(self, path: str) -> None:
        self._object("delete", path)

    def remove_all(self) -> None:
        base = f"{self._base}/storage/v1/b/{self.name}"
        for each in self._session.get(f"{base}/o").json().get("items", ()):
            self.remove(each["name"].removeprefix("landing/"))
        self._session.delete(base).raise_for_status()

    def close(self) -> None:
        self.wire.take_away()
        self.tokens.shutdown()
        self.tokens.server_close()

    def _object(self, method: str, path: str, **parameters: str) -> Any:
        name = f"landing/{path}".replace("/", "%2F")
        address = f"{self._base}/storage/v1/b/{self.name}/o/{name}"
        return self._session.request(method, address, params=parameters)


class _TokenServer(ThreadingHTTPServer):
    status = 200


class _Tokens(BaseHTTPRequestHandler):
    """Gives a token for any signed request, or refuses it."""

    server: _TokenServer

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps({"access_token": "made-up", "expires_in": 3600, "token_type": "Bearer"})
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *given: Any) -> None:
        pass


class AzSide(Side):
    """A container of Azure, on a server of ours or on Microsoft's emulator Azurite."""

    def __init__(self, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
        from azure.storage.blob import BlobServiceClient

        self.wire = Wire(port)
        connection = (
            f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};"
            "BlobEndpoint=http://127.0.0.1:{}/" + ACCOUNT
        )
        monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", connection.format(self.wire.port))
        # the library waits for a minute in all before it gives up
        monkeypatch.setattr(
            "azure.storage.blob._shared.policies_async.ExponentialRetry.get_backoff_time",
            lambda *given: 0.01,
        )
        self.client = BlobServiceClient.from_connection_string(
            connection.format(port), max_single_put_size=1 << 30
        )
        self.name = f"company-{uuid4().hex}"
        self.container = self.client.create_container(self.name)
        self.landing = f"az://{self.name}/landing"

    def put(self, path: str, content: str | bytes, age: float = LONG_AGO) -> None:
        self.container.upload_blob(f"landing/{path}", _raw(content), overwrite=True)

    def get(self, path: str) -> bytes:
        return self.container.download_blob(f"landing/{path}").readall()

    def remove(self, path: str) -> None:
        from azure.core.exceptions import ResourceNotFoundError

        with suppress(ResourceNotFoundError):
            self.container.delete_blob(f"landing/{path}")

    def remove_all(self) -> None:
        self.container.delete_container()

    def close(self) -> None:
        self.wire.take_away()
        self.client.close()


def _wait_for(port: int) -> None:
    for _ in range(100):
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise AssertionError(f"nothing listens on {port}")


@contextmanager
def moto() -> Iterator[int]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield server.get_host_and_port()[1]
    server.stop()


@contextmanager
def gs_emulator() -> Iterator[int]:
    from gcp_storage_emulator.server import create_server

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = create_server("127.0.0.1", port, in_memory=True)
    server.start()
    yield port
    server.stop()


@contextmanager
def fake_azure() -> Iterator[int]:
    server = FakeAzure(("127.0.0.1", 0))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@contextmanager
def azurite(folder: Path) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        ["azurite-blob", "--silent", "--blobPort", str(port), "--location", str(folder),
         "--skipApiVersionCheck", "--disableTelemetry"],
    )  # fmt: skip
    _wait_for(port)
    yield port
    process.terminate()
    process.wait(10)


class Servers:
    """Starts each kind of server once, when it is first needed.

    Parameters
    ----------
    folder
        For their state.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = ExitStack()
        self._ports: dict[str, int] = {}

    def port(self, kind: str) -> int:
        if kind not in self._ports:
            start = {"s3": moto, "gs": gs_emulator, "az": fake_azure}.get(kind)
            server = start() if start else azurite(self._folder)
            self._ports[kind] = self._stack.enter_context(server)
        return self._ports[kind]

    def stop(self) -> None:
        self._stack.close()


def side_of(kind: str, servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Side:
    folder = tmp_path / "outside"
    if kind == "folder":
        return FolderSide(folder)
    if kind == "sftp":
        return SftpSide(folder, monkeypatch)
    if kind == "openssh":
        return OpenSshSide(folder, monkeypatch)
    if kind == "s3":
        return S3Side(servers.port(kind), monkeypatch)
    if kind == "gs":
        return GsSide(servers.port(kind), tmp_path, monkeypatch)
    return AzSide(servers.port(kind), monkeypatch)


NEEDS = {"openssh": "sshd", "azurite": "azurite-blob"}
"""Real servers, which are used where they are installed, and not by the unit tests."""


def is_missing(kind: str) -> bool:
    return not shutil.which(NEEDS[kind], path=f"{os.environ['PATH']}:/usr/sbin")


def kinds(*chosen: str) -> Any:
    """Run a test for each of these kinds whose server is installed."""

    def marks(kind: str) -> list[pytest.MarkDecorator]:
        if kind not in NEEDS:
            return []
        reason = f"{NEEDS[kind]} is not installed"
        return [pytest.mark.end_to_end, pytest.mark.skipif(is_missing(kind), reason=reason)]

    return pytest.mark.parametrize("kind", [pytest.param(k, marks=marks(k)) for k in chosen])
