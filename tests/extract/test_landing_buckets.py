"""What is peculiar to buckets: keys that are no files, credentials, conditions on writing."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gcsfs.core
import pytest
import s3fs
from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends

from dangol.addresses import LANDING_SCHEMES
from dangol.extract.landing import Landing
from dangol.extract.zones.drivers import DRIVERS
from dangol.extract.zones.zone import LandingError
from tests.extract.fake_azure import FakeAzure
from tests.extract.landing_servers import Side, kinds

if TYPE_CHECKING:
    from tests.extract.conftest import Shop

FILE = "orders_2017-01-05.csv"
ROW = "a,Kim,1,9.90,,,,"
every_bucket = kinds("s3", "gs", "az", "azurite")
on_s3 = kinds("s3")


def refused(side: Side) -> str:
    with pytest.raises(LandingError) as error:
        Landing(side.landing).check()
    message = str(error.value)
    assert message.startswith(f"the landing zone {side.landing} (DANGOL_LANDING) can't be used: ")
    assert "\n" not in message
    return message


# ------------------------------------------------------------------------------------------ listing


@on_s3
def test_keys_that_are_no_files_are_not_opened(shop: Shop, side: Side, kind: str) -> None:
    content = f"{shop.header}\n{ROW}\n"
    side.put("shop/", b"")  # what some clients write for a folder
    side.put("shop/../orders_2017-01-01.csv", content)
    side.put("shop/../../orders_2017-01-01.csv", content)
    side.put("shop//orders_2017-01-02.csv", content)
    side.put(f"shop/{FILE}/part-0", content)
    side.put("shop/codes_../x.csv", content)
    side.put("shop/codes_..x.csv", content)
    side.put("shop/codes_\u202evsc.csv", content)
    shop.extract()
    shop.extract("codes")

    assert shop.fates() == [(FILE, "rejected", "it is a folder")]
    hostile = "its name is over 200 bytes long, or has '..', '/' or an unprintable character"
    assert shop.fates("codes") == [
        ("codes_..x.csv", "rejected", hostile),
        (r"codes_\u202evsc.csv", "rejected", hostile),
    ]
    refusals = {file.name: file.refusal for file in Landing(side.landing).files("shop")}
    assert refusals.pop("..") == "it is a folder"
    assert None not in refusals.values()


@every_bucket
def test_a_whole_bucket_is_a_landing_zone(side: Side, kind: str) -> None:
    side.put("file", b"text")  # below the folder `landing`
    landing = Landing(side.landing.removesuffix("/landing"))
    landing.check()
    assert landing.systems() == ["landing"]
    assert [(file.name, file.size) for file in landing.files("landing")] == [("file", 4)]


@every_bucket
def test_a_prefix_need_not_exist(side: Side, kind: str) -> None:
    landing = Landing(side.landing)
    landing.check()
    assert landing.systems() == []


@on_s3
def test_a_changed_object_is_a_correction(shop: Shop, side: Side, kind: str) -> None:
    side.put(f"shop/{FILE}", f"{shop.header}\n{ROW}\n")
    shop.extract()
    side.put(f"shop/{FILE}", f"{shop.header}\n{ROW}\n")  # the same again has the same ETag
    shop.extract()
    assert len(shop.loads()) == 1
    side.put(f"shop/{FILE}", f"{shop.header}\n{ROW.replace('9.90', '9.91')}\n")
    shop.extract()
    assert [load.control_total for load in shop.loads()] == ["9.90", "9.91"]
    side.put(
        f"shop/{FILE.replace('.csv', '_r1.csv')}", f"{shop.header}\n{ROW.replace('9.90', '9.91')}\n"
    )
    shop.extract()
    assert (shop.last().status, shop.last().duplicate_of) == ("duplicate", "shop.orders.000002")


@on_s3
def test_more_keys_than_one_answer_holds(shop: Shop, side: Any, kind: str) -> None:
    backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]  # the server's own, without 1,050 requests
    for number in range(1_050):
        backend.put_object(side.name, f"landing/shop/codes_{number:04}.csv", b"")
    side.put(f"shop/{FILE}", f"{shop.header}\n{ROW}\n")
    listed = Landing(side.landing).files("shop")
    assert len(listed) == 1_051
    assert shop.extract()["rows_loaded"] == 1


@on_s3
def test_an_object_that_is_forbidden_waits(
    shop: Shop, side: Side, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    side.put(f"shop/{FILE}", f"{shop.header}\n{ROW}\n")

    def forbid(self: s3fs.S3FileSystem, path: str, *given: Any, **named: Any) -> Any:
        raise PermissionError(13, "Access Denied")

    with monkeypatch.context() as patch:
        patch.setattr(s3fs.S3FileSystem, "open", forbid)
        shop.extract()
    assert shop.fates() == [(FILE, "waiting", "it can't be read (Access Denied)")]
    assert shop.extract()["rows_loaded"] == 1


# -------------------------------------------------------------------------------------- credentials


@on_s3
def test_no_credentials_for_s3(
    side: Side, kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    assert "NoCredentialsError: Unable to locate credentials" in refused(side)


@kinds("gs")
def test_no_credentials_for_google(
    side: Side, kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It does not go on without any, as the driver would by itself."""
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    assert "DefaultCredentialsError" in refused(side)


@kinds("gs")
def test_an_account_that_google_refuses(side: Any, kind: str, tmp_path: Path) -> None:
    side.tokens.status = 401
    message = refused(side)
    assert "401" in message
    assert "PRIVATE KEY" not in message


@kinds("az")
def test_no_credentials_for_azure(side: Side, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AZURE_STORAGE_CONNECTION_STRING")
    assert "Must provide either a connection_string or account_name" in refused(side)


@kinds("az", "azurite")
@pytest.mark.parametrize("key", ["c2VjcmV0LWtleQ==", "secret-key"])
def test_a_key_that_azure_refuses(
    side: Side, kind: str, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    connection = os.environ["AZURE_STORAGE_CONNECTION_STRING"]
    wrong = re.sub("AccountKey=[^;]*", f"AccountKey={key}", connection)
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", wrong)
    monkeypatch.setattr(FakeAzure, "is_refusing", True)
    assert key not in refused(side)


# ----------------------------------------------------------------------------- writing, and drivers


@kinds("s3", "az", "azurite")
def test_an_object_that_arrives_meanwhile_is_not_replaced(
    side: Side, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bucket checks it again when it writes."""
    side.put("shop/file.csv", b"theirs")
    landing = Landing(side.landing)
    monkeypatch.setattr(type(landing._zone._bucket), "exists", lambda *given: False)  # type: ignore[attr-defined]
    assert not landing.put("shop", "file.csv", b"ours")
    assert side.get("shop/file.csv") == b"theirs"


@kinds("gs")
def test_google_is_asked_to_replace_nothing(
    side: Side, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The emulator does not look at the condition."""
    asked: list[dict[str, Any]] = []
    original = gcsfs.core.GCSFileSystem._call

    async def call(self: Any, *given: Any, **named: Any) -> Any:
        asked.append(named)
        return await original(self, *given, **named)

    monkeypatch.setattr(gcsfs.core.GCSFileSystem, "_call", call)
    assert Landing(side.landing).put("shop", "file.csv", b"ours")
    assert [each["ifGenerationMatch"] for each in asked if "ifGenerationMatch" in each] == ["0"]


def test_every_address_has_a_driver() -> None:
    assert {*DRIVERS, "sftp"} == set(LANDING_SCHEMES)


@pytest.mark.parametrize(
    ("address", "module", "missing"),
    [
        ("s3://bucket/in", "s3fs.core", "s3fs.core"),
        ("gs://bucket/in", "gcsfs.core", "gcsfs.core"),
        ("az://bucket/in", "adlfs", "adlfs"),
        ("sftp://user@example.com/in", "asyncssh", "asyncssh"),
    ],
)
def test_a_driver_that_is_not_installed_is_named(
    monkeypatch: pytest.MonkeyPatch, address: str, module: str, missing: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    for name in ("sftp", "sftp_connection", "sftp_login", "sftp_host_keys"):
        monkeypatch.delitem(sys.modules, f"dangol.extract.zones.{name}", raising=False)
    extra = address.partition("://")[0]
    with pytest.raises(LandingError) as error:
        Landing(address).check()
    assert str(error.value) == (
        f"{address} needs packages that are not installed ({missing} is missing): "
        f"run `make setup-{extra}`, or build the image with DANGOL_DRIVERS={extra}"
    )
