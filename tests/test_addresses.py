from pathlib import Path

import pytest

from dangol.addresses import AddressError, landing_of
from dangol.settings import Settings


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("s3://exports/grocer/", "s3://exports/grocer"),
        ("gs://exports", "gs://exports"),
        ("gs://exports/", "gs://exports"),
        ("az://exports/a/b", "az://exports/a/b"),
        ("sftp://grocer@files.example.com/in/", "sftp://grocer@files.example.com/in"),
        ("sftp://grocer@[::1]:2222/", "sftp://grocer@[::1]:2222/"),
        ("sftp://grocer%40till@files.example.com", "sftp://grocer%40till@files.example.com"),
        ("/mnt/exports", "/mnt/exports"),
        ("/mnt/a#b?c", "/mnt/a#b?c"),
    ],
)
def test_where_exports_may_arrive(tmp_path: Path, given: str, kept: str) -> None:
    environment = {"DANGOL_HOME": str(tmp_path), "DANGOL_LANDING": given}
    landing = Settings.from_environment(environment).landing
    assert landing == kept
    assert landing_of(landing) == landing


@pytest.mark.parametrize(
    "address",
    ["memory://in", "file:///in", "http://example.com/in", "ftp://a@example.com", "S3://b", "://x",
     "ssh://a@b/in", "abfs://c/in", "gcs://b", "s3a://b", "github://a:b@c/in", "simplecache::s3://b"],
)  # fmt: skip
def test_other_addresses_are_refused(address: str) -> None:
    with pytest.raises(AddressError) as error:
        landing_of(address)
    assert str(error.value) == (
        "DANGOL_LANDING is neither a folder nor one of s3://…, gs://…, az://…, sftp://…"
    )


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("sftp://grocer:s3cret@example.com/in", "has a password or a key in it"),
        ("sftp://grocer:@example.com/in", "has a password or a key in it"),
        ("sftp://:s3cret@example.com/in", "has a password or a key in it"),
        ("s3://AKIA:s3cret@exports/in", "has a password or a key in it"),
        ("gs://s3cret@exports/in", "has a password or a key in it"),
        ("sftp://grocer:s3cret/x@example.com/in", "no valid sftp:// address"),
        ("sftp://grocer:12/s3cret@example.com/in", "sftp://user@host/folder"),
        ("sftp://grocer:s3cret#x@example.com/in", "no valid sftp:// address"),
        ("az://exports/in?sig=s3cret", "no valid az:// address: it ends after the path"),
        ("gs://exports/in#s3cret", "no valid gs:// address: it ends after the path"),
        ("s3://s3cret:12/in", "only a server has a port"),
        ("s3://exports/\ns3cret", "no valid s3:// address"),
        ("sftp://grocer@[s3cret/in", "no valid sftp:// address"),
        ("sftp://example.com/s3cret", "must have the form sftp://user@host/folder"),
        ("sftp:///s3cret", "must have the form sftp://user@host/folder"),
        ("s3:///s3cret", "must have the form s3://bucket/prefix"),
    ],
)
def test_an_address_is_refused_without_being_quoted(address: str, message: str) -> None:
    """It may have a secret in it, wherever that was pasted."""
    with pytest.raises(AddressError) as error:
        landing_of(address)
    assert message in str(error.value)
    assert "s3cret" not in str(error.value)
    assert error.value.__cause__ is None
    assert error.value.__suppress_context__ or error.value.__context__ is None
