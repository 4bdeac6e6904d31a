"""Serves the pages to this machine alone: what ``dangol docs`` runs.

The address contains a secret that is new each time, because every account of a machine can reach
its loopback interface. Nothing that is served may load anything from elsewhere.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping, Sequence
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from dangol.errors import DangolError
from dangol.publication import dbt_docs
from dangol.settings import Settings
from pages.places import index_of

POLICY = "Content-Security-Policy"
HEADERS = {
    # Great Expectations' pages have a style sheet
    POLICY: "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " font-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
TYPES = {
    ".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8",
    ".json": "application/json", ".svg": "image/svg+xml", ".png": "image/png",
}  # fmt: skip


class ServeError(DangolError):
    """The pages can't be served; the message says why and what to do."""


def open_server(settings: Settings, port: int) -> tuple[ThreadingHTTPServer, str]:
    """Open a port of this machine for the pages; nobody is answered before ``serve_forever``.

    Parameters
    ----------
    port
        Of 127.0.0.1; 0 for any that is free.

    Returns
    -------
    tuple of ThreadingHTTPServer and str
        The server, and the address of the list of nights.

    Raises
    ------
    ServeError
        If there is no page yet, or the port can't be opened.
    """
    if not index_of(settings).is_file():
        raise ServeError(f"{settings.home} has no page yet: the first night writes one")
    secret = secrets.token_urlsafe(16)
    folders = folders_of(settings)
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), partial(_Handler, secret, folders))
    except OSError as error:
        raise ServeError(
            f"port {port} of 127.0.0.1 can't be opened ({error.strerror}); choose another with "
            "--port"
        ) from error
    server.daemon_threads = True
    return server, f"http://127.0.0.1:{server.server_port}/{secret}/pages/index.html"


def folders_of(settings: Settings) -> dict[str, Path]:
    """Return what is served, by its name in the address."""
    return {"pages": settings.pages, "data_docs": settings.data_docs}


def headers_of(file: Path) -> dict[str, str]:
    """Return the headers for a file: no scripts, but for dbt's documentation.

    That evaluates templates, and shows descriptions of contracts as markup. So it gets an origin of
    its own: what runs in it can't act as the person who looks at it.

    Returns
    -------
    dict
        To be changed by nobody.
    """
    if not dbt_docs.is_documentation(file):
        return HEADERS
    scripts = "; script-src 'unsafe-inline' 'unsafe-eval'; sandbox allow-scripts"
    return HEADERS | {POLICY: HEADERS[POLICY] + scripts}


def file_of(folders: Mapping[str, Path], parts: Sequence[str]) -> Path | None:
    """Return the file that a path names: the name of a folder, and parts below it.

    Returns
    -------
    Path or None
        None for all that is not ours to show, such as a link that leads out of the folder.
    """
    folder = folders.get(parts[0]) if parts else None
    if folder is None or len(parts) < 2 or not {".", "..", ""}.isdisjoint(parts[1:]):
        return None
    file = folder.joinpath(*parts[1:])
    is_inside = file.resolve().is_relative_to(folder.resolve())
    return file if is_inside and file.is_file() else None


class _Handler(BaseHTTPRequestHandler):
    """Answers with files below the folders, to those who know the secret."""

    server_version = "dangol"
    sys_version = ""

    def __init__(self, secret: str, folders: dict[str, Path], *given: object) -> None:
        self._secret, self._folders = secret, folders
        super().__init__(*given)  # type: ignore[arg-type] # those of socketserver

    def do_GET(self) -> None:
        """Answer with a file, or say that there is none."""
        file = self._file()
        if file is None:
            self._answer(HTTPStatus.NOT_FOUND, b"There is no such page.\n", "text/plain", HEADERS)
            return
        kind = TYPES.get(file.suffix, "application/octet-stream")
        self._answer(HTTPStatus.OK, file.read_bytes(), kind, headers_of(file))

    do_HEAD = do_GET

    def log_message(self, *_: object) -> None:
        """Log nothing: the address is a secret."""

    def _file(self) -> Path | None:
        """Return the file that is asked for; None for all that is not ours to show."""
        port = self.connection.getsockname()[1]
        if self.headers.get("Host") not in {f"127.0.0.1:{port}", f"localhost:{port}"}:
            return None  # a name of somebody else's that points here
        parts = unquote(urlsplit(self.path).path).replace("\0", "/").split("/")[1:]
        if len(parts) < 3 or not hmac.compare_digest(parts[0].encode(), self._secret.encode()):
            return None
        return file_of(self._folders, parts[1:])

    def _answer(
        self, status: HTTPStatus, content: bytes, kind: str, headers: Mapping[str, str]
    ) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Type": kind}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
