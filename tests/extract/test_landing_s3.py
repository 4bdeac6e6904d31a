"""The same landing zone as a bucket, on a server that speaks S3."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest
import s3fs
from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends
from moto.server import ThreadedMotoServer

from dangol.extract.landed_bytes import UnreadableFileError
from dangol.extract.landing import LandedFile, Landing
from dangol.extract.quarantine import export_rows, resubmit

if TYPE_CHECKING:
    from pathlib import Path

    from tests.extract.conftest import Feed, Shop

FILE = "orders_2017-01-05.csv"
ROW = "a,Kim,1,9.90,,,,"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def client(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name, value in {
        "AWS_ENDPOINT_URL": server,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "ap-northeast-2",
    }.items():
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
    yield boto3.client("s3")
    s3fs.S3FileSystem.clear_instance_cache()


class Bucket:
    def __init__(self, client: Any) -> None:
        self.client = client
        self.name = f"company-{uuid4().hex}"
        region = {"LocationConstraint": "ap-northeast-2"}
        client.create_bucket(Bucket=self.name, CreateBucketConfiguration=region)
        self.landing = f"s3://{self.name}/landing"

    def put(self, key: str, content: str | bytes) -> None:
        raw = content.encode() if isinstance(content, str) else content
        self.client.put_object(Bucket=self.name, Key=f"landing/{key}", Body=raw)

    def remove(self, key: str) -> None:
        self.client.delete_object(Bucket=self.name, Key=f"landing/{key}")


@pytest.fixture
def bucket(client: Any) -> Bucket:
    return Bucket(client)


@pytest.fixture
def far_shop(
    bucket: Bucket, make_shop: Callable[..., Shop], monkeypatch: pytest.MonkeyPatch
) -> Shop:
    monkeypatch.setattr("dangol.extract.arrivals.time.sleep", lambda seconds: None)
    return make_shop(landing=bucket.landing)


def test_files_of_a_bucket_are_loaded(far_shop: Shop, bucket: Bucket) -> None:
    import gzip

    bucket.put(f"shop/{FILE}", f"{far_shop.header}\n{ROW}\n")
    packed = gzip.compress(f"{far_shop.header}\nb,김민지,x,1,,,,\nc,이,1,1,,,,\n".encode("cp949"))
    bucket.put("shop/orders_2017-01-06.csv.gz", packed)
    bucket.put("shop/orders_2017-01-07.csv", f"{far_shop.header}\n{ROW[:-5]}")
    bucket.put("shop/orders_2017-01-08.csv", b"")
    assert far_shop.extract() == {
        "stream": "shop.orders", "loaded": 2, "waiting": 2, "rows_loaded": 2, "rows_quarantined": 1,
    }  # fmt: skip
    assert far_shop.rows(columns="order_id, customer, _file") == [
        ("a", "Kim", FILE),
        ("c", "이", "orders_2017-01-06.csv.gz"),
    ]
    assert [load.encoding for load in far_shop.loads()] == ["utf-8", "cp949", "", ""]
    assert far_shop.extract()["rows_loaded"] == 0
    assert len(far_shop.loads()) == 4
    assert Landing(bucket.landing).systems() == ["shop"]


def test_a_large_object_is_read_in_blocks(far_shop: Shop, bucket: Bucket) -> None:
    rows = "".join(f"{number},Kim,1,1.00,,,,\n" for number in range(800_000))
    bucket.put(f"shop/{FILE}", f"{far_shop.header}\n{rows}")
    assert len(rows) > 16 << 20
    assert far_shop.extract()["rows_loaded"] == 800_000


def test_keys_that_are_no_files_are_not_opened(far_shop: Shop, bucket: Bucket) -> None:
    content = f"{far_shop.header}\n{ROW}\n"
    bucket.put("shop/", b"")  # what some clients write for a folder
    bucket.put("shop/../orders_2017-01-01.csv", content)
    bucket.put("shop/../../orders_2017-01-01.csv", content)
    bucket.put("shop//orders_2017-01-02.csv", content)
    bucket.put(f"shop/{FILE}/part-0", content)
    bucket.put("shop/codes_../x.csv", content)
    bucket.put("shop/codes_..x.csv", content)
    bucket.put("shop/codes_\u202evsc.csv", content)
    far_shop.extract()
    far_shop.extract("codes")

    assert far_shop.fates() == [(FILE, "rejected", "it is a folder")]
    hostile = "its name is over 200 bytes long, or has '..', '/' or an unprintable character"
    assert far_shop.fates("codes") == [
        ("codes_..x.csv", "rejected", hostile),
        (r"codes_\u202evsc.csv", "rejected", hostile),
    ]
    refusals = {file.name: file.refusal for file in Landing(bucket.landing).files("shop")}
    assert refusals.pop("..") == "it is a folder"
    assert None not in refusals.values()


def test_an_absent_folder_or_prefix_has_no_files(far_shop: Shop, bucket: Bucket) -> None:
    assert far_shop.extract()["rows_loaded"] == 0
    assert Landing(bucket.landing).systems() == []
    assert Landing(f"s3://{bucket.name}").systems() == []


def test_a_changed_object_is_a_correction(far_shop: Shop, bucket: Bucket) -> None:
    bucket.put(f"shop/{FILE}", f"{far_shop.header}\n{ROW}\n")
    far_shop.extract()
    bucket.put(f"shop/{FILE}", f"{far_shop.header}\n{ROW}\n")  # the same again has the same ETag
    far_shop.extract()
    assert len(far_shop.loads()) == 1
    bucket.put(f"shop/{FILE}", f"{far_shop.header}\n{ROW.replace('9.90', '9.91')}\n")
    far_shop.extract()
    assert [load.control_total for load in far_shop.loads()] == ["9.90", "9.91"]
    again = FILE.replace(".csv", "_r1.csv")
    bucket.put(f"shop/{again}", f"{far_shop.header}\n{ROW.replace('9.90', '9.91')}\n")
    far_shop.extract()
    assert (far_shop.last().status, far_shop.last().duplicate_of) == (
        "duplicate",
        "shop.orders.000002",
    )


def test_more_keys_than_one_answer_holds(far_shop: Shop, bucket: Bucket) -> None:
    backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]  # the server's own, without 1,050 requests
    for number in range(1_050):
        backend.put_object(bucket.name, f"landing/shop/codes_{number:04}.csv", b"")
    bucket.put(f"shop/{FILE}", f"{far_shop.header}\n{ROW}\n")
    listed = Landing(bucket.landing).files("shop")
    assert len(listed) == 1_051
    assert far_shop.extract()["rows_loaded"] == 1


def test_an_object_written_again_and_again_waits(
    far_shop: Shop, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.put(f"shop/{FILE}", f"{far_shop.header}\n{ROW}\n")
    with monkeypatch.context() as patch:
        patch.setattr(
            "dangol.extract.arrivals.time.sleep",
            lambda seconds: bucket.put(f"shop/{FILE}", f"{far_shop.header}\n{ROW}\n{ROW}\n"),
        )
        far_shop.extract()
    assert far_shop.fates() == [(FILE, "waiting", "it is still growing")]
    far_shop.extract()
    assert far_shop.last().rows_loaded == 2


@pytest.fixture
def when_opened(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """Do something to the bucket after it was listed, before or after an object is opened."""

    def arrange(act: Callable[[], None], is_open: bool = False) -> None:
        original = Landing._open_remote

        def opened(self: Landing, system: str, file: LandedFile) -> Any:
            if not is_open:
                act()
            stream = original(self, system, file)
            if is_open:
                act()
            return stream

        monkeypatch.setattr(Landing, "_open_remote", opened)

    return arrange


def test_an_object_replaced_after_it_was_listed_is_loaded_as_it_was_read(
    far_shop: Shop, bucket: Bucket, when_opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.put(f"shop/{FILE}", f"{far_shop.header}\n{ROW}\n")
    new = f"{far_shop.header}\nnew,Lee,2,2.00,,,,\nnewer,Lee,2,2.00,,,,\n"
    when_opened(lambda: bucket.put(f"shop/{FILE}", new))
    far_shop.extract()
    assert far_shop.rows(columns="order_id") == [("new",), ("newer",)]
    monkeypatch.setattr(Landing, "_open_remote", lambda *given: pytest.fail("looked at again"))
    assert far_shop.extract()["rows_loaded"] == 0
    assert len(far_shop.loads()) == 1


def test_an_object_replaced_while_it_is_read_waits(
    far_shop: Shop, bucket: Bucket, when_opened: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.put(f"shop/{FILE}", f"{far_shop.header}\n{ROW}\n")
    new = f"{far_shop.header}\n{ROW.replace('Kim', 'Lee')}\n"
    with monkeypatch.context():
        when_opened(lambda: bucket.put(f"shop/{FILE}", new), is_open=True)
        far_shop.extract()
    assert [load.status for load in far_shop.loads()] == ["waiting"]
    assert far_shop.last().reason.startswith(
        ("it changed while it was being read", "it can't be read")
    )


def test_an_object_that_vanishes_waits(far_shop: Shop, bucket: Bucket, when_opened: Any) -> None:
    bucket.put(f"shop/{FILE}", f"{far_shop.header}\n{ROW}\n")
    when_opened(lambda: bucket.remove(f"shop/{FILE}"))
    far_shop.extract()
    assert far_shop.last().status == "waiting"
    assert far_shop.last().reason.startswith("it can't be read (")
    assert bucket.name not in far_shop.last().reason


def test_an_object_that_is_forbidden_waits(
    far_shop: Shop, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.put(f"shop/{FILE}", f"{far_shop.header}\n{ROW}\n")

    def forbid(self: s3fs.S3FileSystem, path: str, *given: Any, **named: Any) -> Any:
        raise PermissionError(13, "Access Denied")

    with monkeypatch.context() as patch:
        patch.setattr(s3fs.S3FileSystem, "open", forbid)
        far_shop.extract()
    assert far_shop.fates() == [(FILE, "waiting", "it can't be read (Access Denied)")]
    assert far_shop.extract()["rows_loaded"] == 1


def test_corrected_rows_are_put_into_the_bucket(
    far_shop: Shop, bucket: Bucket, tmp_path: Path
) -> None:
    bucket.put(f"shop/{FILE}", "quantity,order_id,amount\n1,a,1\nx,b,2\n")
    far_shop.extract()
    corrected = tmp_path / "corrected.csv"
    export_rows(far_shop.settings, far_shop.last().load_id, corrected)
    assert corrected.read_text() == "quantity,order_id,amount\nx,b,2\n"
    corrected.write_text(corrected.read_text().replace("x", "7"))
    bucket.put("shop/orders_2017-01-05_s1.csv", "taken")
    landed = resubmit(far_shop.settings, "shop.orders.000001", corrected)
    assert landed == f"{bucket.landing}/shop/orders_2017-01-05_s2.csv"
    bucket.remove("shop/orders_2017-01-05_s1.csv")
    far_shop.extract()
    assert far_shop.rows(columns="order_id, quantity") == [("a", 1), ("b", 7)]


def test_a_folder_that_is_gone_says_so(bucket: Bucket) -> None:
    with (
        pytest.raises(UnreadableFileError, match="it can't be read"),
        Landing(bucket.landing).open("shop", LandedFile("file", 0, "")),
    ):
        pass


def test_members_of_archives_are_read_from_a_bucket(
    make_feed: Callable[..., Feed], bucket: Bucket
) -> None:
    import io
    import zipfile
    from dataclasses import replace

    feed = make_feed({"name": "id"}, filePattern=r"shop_{date}\.zip!orders_{part}\.csv")
    feed.settings = replace(feed.settings, landing=bucket.landing)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("orders_1.csv", "id\na\n")
        archive.writestr("orders_2.csv", b"id\n" + b"0" * (20 << 20) + b"\n")
    bucket.put("feed/shop_2017-01-05.zip", target.getvalue())
    feed.extract()
    assert [(load.file, load.status, load.rows_loaded) for load in feed.loads("rows")] == [
        ("shop_2017-01-05.zip!orders_1.csv", "loaded", 1),
        ("shop_2017-01-05.zip!orders_2.csv", "rejected", 0),
    ]
