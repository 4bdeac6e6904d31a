"""Addresses elsewhere, checked before anything shows or uses them."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from dangol.errors import DangolError

LANDING_SCHEMES = ("s3", "gs", "az", "sftp")
"""Where exports may arrive beside a folder; each is also the name of the extra with its driver."""


class AddressError(DangolError):
    """An address can't be used; the message says what is allowed, and never quotes it."""


def landing_of(text: str) -> str:
    """Return where exports arrive, checked.

    Parameters
    ----------
    text
        A folder, ``s3://bucket/prefix``, ``gs://bucket/prefix``, ``az://container/prefix`` or
        ``sftp://user@host:port/folder``.

    Returns
    -------
    str
        A folder as an absolute path; an address without the last slash, unless that is the root of
        a server.

    Raises
    ------
    AddressError
        If it is another kind of address, or has a secret in it: addresses are shown in logs. The
        message never quotes it.
    """
    scheme, separator, _ = text.partition("://")
    if not separator:
        return str(Path(text).expanduser().absolute())
    if scheme not in LANDING_SCHEMES:
        allowed = ", ".join(f"{each}://…" for each in LANDING_SCHEMES)
        raise AddressError(f"DANGOL_LANDING is neither a folder nor one of {allowed}")
    return _checked(text, scheme, "DANGOL_LANDING", "landing.md")


def copy_address_of(text: str) -> str:
    """Return where publications are copied, checked as `landing_of` does; empty for nowhere.

    Parameters
    ----------
    text
        ``s3://bucket/prefix``.

    Returns
    -------
    str
        Without the last slash.

    Raises
    ------
    AddressError
        If it is another kind of address, or has a secret in it.
    """
    scheme, separator, _ = text.partition("://")
    if not text:
        return ""
    if not separator or scheme != "s3":
        raise AddressError("DANGOL_COPY_TO must have the form s3://bucket/prefix")
    return _checked(text, scheme, "DANGOL_COPY_TO", "reading.md")


def _checked(text: str, scheme: str, variable: str, page: str) -> str:
    try:
        url = urlsplit(text)
        user, password, host, port = url.username, url.password, url.hostname, url.port
    except ValueError:  # its text quotes the address
        raise AddressError(f"{variable} is no valid {scheme}:// address") from None
    if password is not None or (user is not None and scheme != "sftp"):
        raise AddressError(
            f"{variable} has a password or a key in it, which logs would show: take it out, and "
            f"set the variables that docs/{page} lists"
        )
    if not text.isprintable() or "?" in text or "#" in text or (port and scheme != "sftp"):
        raise AddressError(
            f"{variable} is no valid {scheme}:// address: it ends after the path, and only a "
            "server has a port"
        )
    if not host or (scheme == "sftp" and not user):
        form = "user@host/folder" if scheme == "sftp" else "bucket/prefix"
        raise AddressError(f"{variable} must have the form {scheme}://{form}")
    is_root = scheme == "sftp" and url.path == "/"  # none is the folder that the login starts in
    return text if is_root else text.rstrip("/")
