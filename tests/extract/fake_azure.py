"""The few requests of Azure's blob service that the driver makes, answered from memory.

Written after its REST reference; where Microsoft's emulator Azurite is installed, the same tests
run against that too. It believes every signature.
"""

from __future__ import annotations

import threading
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

ACCOUNT = "devstoreaccount1"
# the well-known key of emulators, in every manual of theirs
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


class FakeAzure(ThreadingHTTPServer):
    """One account."""

    daemon_threads = True
    is_refusing = False

    def __init__(self, address: tuple[str, int]) -> None:
        super().__init__(address, _Handler)
        self.lock = threading.Lock()
        self.writes = 0
        self.containers: dict[str, dict[str, tuple[bytes, str, str]]] = {}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FakeAzure

    def log_message(self, *given: Any) -> None:
        pass

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except OSError:  # the wire was cut
            self.close_connection = True

    def do_GET(self) -> None:
        container, name, query = self._target()
        blobs = self.server.containers.get(container)
        is_signed = self.headers.get("Authorization", "").startswith(f"SharedKey {ACCOUNT}:")
        if not is_signed or self.server.is_refusing:
            return self._answer(403, error="AuthenticationFailed")
        if blobs is None:
            return self._answer(404, error="ContainerNotFound")
        if not name and query.get("comp") == "list":
            return self._answer(200, self._listing(container, blobs, query))
        if not name:
            return self._answer(200)
        if name not in blobs:
            return self._answer(404, error="BlobNotFound")
        content, etag, changed = blobs[name]
        headers = {"ETag": etag, "Last-Modified": changed, "x-ms-blob-type": "BlockBlob"}
        wanted = self.headers.get("x-ms-range") or self.headers.get("Range")
        if self.command == "HEAD" or not wanted:
            return self._answer(200, content, headers)
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        if int(first) >= len(content):
            return self._answer(416, error="InvalidRange")
        part = content[int(first) : int(last) + 1]
        headers["Content-Range"] = f"bytes {first}-{int(first) + len(part) - 1}/{len(content)}"
        return self._answer(206, part, headers)

    do_HEAD = do_GET

    def do_PUT(self) -> None:
        container, name, _ = self._target()
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with self.server.lock:
            if not name:
                self.server.containers[container] = {}
                return self._answer(201)
            blobs = self.server.containers[container]
            if self.headers.get("If-None-Match") == "*" and name in blobs:
                return self._answer(409, error="BlobAlreadyExists")
            self.server.writes += 1
            etag = f'"0x{self.server.writes:08X}"'
            blobs[name] = (content, etag, formatdate(usegmt=True))
            return self._answer(201, headers={"ETag": etag, "Last-Modified": blobs[name][2]})

    def do_DELETE(self) -> None:
        container, name, _ = self._target()
        if not name:
            del self.server.containers[container]
        elif self.server.containers[container].pop(name, None) is None:
            return self._answer(404, error="BlobNotFound")
        return self._answer(202)

    def _target(self) -> tuple[str, str, dict[str, str]]:
        url = urlsplit(self.path)
        container, _, name = url.path.removeprefix(f"/{ACCOUNT}/").partition("/")
        return container, unquote(name), {key: each[0] for key, each in parse_qs(url.query).items()}

    def _listing(self, container: str, blobs: dict[str, Any], query: dict[str, str]) -> bytes:
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        entries: dict[str, str] = {}
        for name, (content, etag, changed) in sorted(blobs.items()):
            if not name.startswith(prefix):
                continue
            head, found, _ = name[len(prefix) :].partition(delimiter or "\0")
            if found:
                folder = escape(prefix + head + found)
                entries[folder] = f"<BlobPrefix><Name>{folder}</Name></BlobPrefix>"
                continue
            entries[name] = (
                f"<Blob><Name>{escape(name)}</Name><Properties><Last-Modified>{changed}"
                f"</Last-Modified><Etag>{etag.strip(chr(34))}</Etag>"
                f"<Content-Length>{len(content)}</Content-Length><BlobType>BlockBlob</BlobType>"
                "</Properties></Blob>"
            )
        return (
            '<?xml version="1.0" encoding="utf-8"?>'
            f'<EnumerationResults ContainerName="{container}">'
            f"<Blobs>{''.join(entries.values())}</Blobs><NextMarker /></EnumerationResults>"
        ).encode()

    def _answer(
        self,
        status: int,
        content: bytes = b"",
        headers: dict[str, str] | None = None,
        error: str = "",
    ) -> None:
        headers = dict(headers or {})
        if error:
            headers["x-ms-error-code"] = error
            content = f"<Error><Code>{error}</Code><Message>{error}</Message></Error>".encode()
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Type", "application/xml" if status != 206 else "text/csv")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
