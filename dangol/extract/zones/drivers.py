"""The packages that speak to a landing zone elsewhere: an optional extra each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from dangol.extract.landed_bytes import cause_of
from dangol.extract.zones.zone import LandingError


@dataclass(frozen=True)
class Driver:
    """A driver of fsspec for one kind of bucket.

    Parameters
    ----------
    scheme
        Of the address, and the name of the extra.
    file_system
        Its class, as ``module:name``.
    options
        For the class. Credentials are not among them: each driver reads its environment variables.
    mark
        The field of a listed object that changes with its content.
    changed_at
        The field with the time of its last change, as a datetime.
    errors
        Classes that it raises beside OSError, as ``module:name``: the server refused something.
    unreachable
        Likewise, if the server could not be asked, or refused the credentials.
    """

    scheme: str
    file_system: str
    mark: str
    changed_at: str
    errors: tuple[str, ...]
    unreachable: tuple[str, ...]
    options: Mapping[str, Any] = field(default_factory=dict)


DRIVERS = {
    driver.scheme: driver
    for driver in (
        Driver(
            "s3",
            "s3fs.core:S3FileSystem",
            mark="ETag",
            changed_at="LastModified",
            # an IndexError is what it makes of a read without a response
            errors=(
                "botocore.exceptions:ClientError",
                "aiohttp:ClientError",
                "builtins:IndexError",
            ),
            unreachable=("botocore.exceptions:BotoCoreError",),
            options={
                "config_kwargs": {"retries": {"max_attempts": 2}}
            },  # s3fs itself tries 5 times
        ),
        Driver(
            "gs",
            # gcsfs's default class asks another service over gRPC for the kind of bucket
            "gcsfs.core:GCSFileSystem",
            mark="generation",
            changed_at="mtime",
            # a ValueError is what it makes of a response that contains the word "invalid"
            errors=("gcsfs.retry:HttpError", "gcsfs.retry:ChecksumError", "builtins:ValueError"),
            unreachable=(
                "aiohttp:ClientError",
                "gcsfs.retry:NonRetryableError",
                "google.auth.exceptions:GoogleAuthError",
            ),
            # not what else it would try: a cache of tokens, then no credentials at all
            options={"token": "google_default", "requests_timeout": 60},
        ),
        Driver(
            "az",
            "adlfs:AzureBlobFileSystem",
            mark="etag",
            changed_at="last_modified",
            errors=("azure.core.exceptions:AzureError", "aiohttp:ClientError"),
            unreachable=(
                "azure.core.exceptions:ServiceRequestError",
                "azure.core.exceptions:ServiceResponseError",
                "azure.core.exceptions:ClientAuthenticationError",
                "builtins:ValueError",  # no account is named, or the connection string is wrong
            ),
        ),
    )
}
"""By scheme."""


def load(address: str, name: str) -> Any:
    """Return what ``module:name`` names in an optional package.

    Parameters
    ----------
    address
        Of what needs it.

    Returns
    -------
    object
        Usually a class.

    Raises
    ------
    LandingError
        If the package is not installed.
    """
    module, _, attribute = name.partition(":")
    try:
        return getattr(import_module(module), attribute)
    except ModuleNotFoundError as error:
        raise LandingError(not_installed(address, error)) from error


def not_installed(address: str, error: ModuleNotFoundError) -> str:
    """Say which extra an address needs: the one named like its scheme."""
    extra = address.partition("://")[0]
    return (
        f"{address} needs packages that are not installed ({error.name} is "
        f"missing): run `make setup-{extra}`, or build the image with DANGOL_DRIVERS={extra}"
    )


def why_unusable(address: str, error: BaseException) -> str:
    """Say why a landing zone can't be used, with the first line of the cause."""
    return f"the landing zone {address} (DANGOL_LANDING) can't be used: {told(error)}"


def told(error: BaseException) -> str:
    """Return the first line of an error's text, after its class unless that says nothing."""
    text = str(error).strip().partition("\n")[0][:300]
    if isinstance(error, OSError) and error.strerror:
        return cause_of(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
