"""What readers get is copied to a bucket, read there, and never lost here because of it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from dangol.addresses import AddressError
from dangol.cli import main
from dangol.night import Night
from dangol.nightly.copies import CopyError, copy_current, copy_night
from dangol.publication.layout import manifest_of
from dangol.publication.publish import publish
from dangol.publication.rollback import resume, rollback
from dangol.publication.store import PublicationError, list_publications, pointed_to
from dangol.settings import Settings, get_settings
from tests.extract.landing_servers import S3Side, Servers

pytest.importorskip("s3fs")


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    servers = Servers(tmp_path_factory.mktemp("servers"))
    yield servers
    servers.stop()


@pytest.fixture
def side(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Side]:
    side = S3Side(servers.port("s3"), monkeypatch)
    yield side
    side.close()


@pytest.fixture
def settings(small_home: Settings, side: S3Side) -> Settings:
    return replace(small_home, has_parquet=True, copy_to=f"s3://{side.name}/tables/dangol")


@pytest.fixture
def publish_night(settings: Settings, fill_build: Callable[..., None]) -> Callable[[int], str]:
    """Publish the night of a day in December, with as many customers as its number."""

    def act(day: int) -> str:
        night = Night.of(date(2017, 12, day), settings.company)
        fill_build(night, day)
        return str(publish(settings, night)["publication"])

    return act


def keys(side: S3Side) -> set[str]:
    listed = side.client.list_objects_v2(Bucket=side.name).get("Contents", ())
    return {each["Key"].removeprefix("tables/dangol/") for each in listed}


def pointer(side: S3Side) -> dict[str, Any]:
    answer = side.client.get_object(Bucket=side.name, Key="tables/dangol/current.json")
    told = json.loads(answer["Body"].read())
    assert isinstance(told, dict)
    return told


def folders(side: S3Side) -> list[str]:
    return sorted({key.split("/")[1] for key in keys(side) if key.startswith("publications/")})


def test_every_file_is_copied_and_current_json_names_them_with_their_checksums(
    settings: Settings, side: S3Side, publish_night: Callable[[int], str]
) -> None:
    name = publish_night(30)
    assert copy_current(settings) == name == "2017-12-30-0001"
    (publication,) = list_publications(settings)
    folder = f"publications/{name}"
    files = {"dangol.duckdb": publication.sha256, **publication.files}
    assert keys(side) == {
        "current.json",
        f"{folder}/publication.json",
        *(f"{folder}/{path}" for path in files),
    }
    assert pointer(side) == {
        "publication": name,
        "business_date": "2017-12-30",
        "database": f"{folder}/dangol.duckdb",
        "parquet": f"{folder}/parquet",
        "models": None,
        "sha256": {f"{folder}/{path}": sha256 for path, sha256 in files.items()},
    }


def httpfs(side: S3Side) -> duckdb.DuckDBPyConnection:
    """A reader with DuckDB and its extension for S3."""
    import duckdb_extension_httpfs

    folder = Path(duckdb_extension_httpfs.__file__).parent / "extensions" / f"v{duckdb.__version__}"
    connection = duckdb.connect(config={"autoinstall_known_extensions": False})
    connection.execute(f"load '{folder / 'httpfs.duckdb_extension'}'")
    connection.execute(
        "create secret (type s3, key_id 'test', secret 'test-secret', url_style 'path',"
        f" endpoint '127.0.0.1:{side.wire.port}', use_ssl false, region 'ap-northeast-2')"
    )
    return connection


def test_duckdb_reads_the_tables_in_the_bucket(
    settings: Settings, side: S3Side, publish_night: Callable[[int], str]
) -> None:
    publish_night(30)
    copy_current(settings)
    current = pointer(side)
    with httpfs(side) as reader:
        reader.execute(f"attach '{settings.copy_to}/{current['database']}' as dangol (read_only)")
        whole = reader.execute("select count(*) from dangol.customer_view.customers").fetchall()
        file = f"{settings.copy_to}/{current['parquet']}/customer_view/customers.parquet"
        parquet = reader.execute(f"select count(*) from read_parquet('{file}')").fetchall()
    assert whole == parquet == [(30,)]


def test_pandas_reads_the_tables_in_the_bucket(
    settings: Settings, side: S3Side, publish_night: Callable[[int], str]
) -> None:
    publish_night(30)
    copy_current(settings)
    file = f"{settings.copy_to}/{pointer(side)['parquet']}/customer_view/customers.parquet"
    assert len(pd.read_parquet(file)) == 30


def test_readers_of_the_bucket_follow_those_of_this_machine(
    settings: Settings, side: S3Side, publish_night: Callable[[int], str]
) -> None:
    first, second = publish_night(30), publish_night(31)
    copy_current(settings)
    assert pointer(side)["publication"] == second
    rollback(settings)
    assert copy_current(settings) == first
    assert pointer(side)["publication"] == first
    resume(settings)
    assert copy_current(settings) == second
    assert pointer(side)["publication"] == second


def test_what_is_pruned_here_is_pruned_there_and_nothing_else_is(
    settings: Settings, side: S3Side, publish_night: Callable[[int], str]
) -> None:
    client, others = side.client, ("tables/dangol/publications/2017-12-01-0001/of-another-home",
                                   "tables/other.txt")  # fmt: skip
    for key in others:
        client.put_object(Bucket=side.name, Key=key, Body=b"x")
    for day in (26, 27, 28, 29, 30):
        publish_night(day)
        copy_current(settings)
    assert folders(side) == ["2017-12-01-0001", "2017-12-28-0003", "2017-12-29-0004",
                             "2017-12-30-0005"]  # fmt: skip
    listed = client.list_objects_v2(Bucket=side.name)["Contents"]
    assert {each["Key"] for each in listed} >= set(others)


def test_the_copy_of_a_publication_that_is_damaged_here_is_kept_there(
    settings: Settings, side: S3Side, publish_night: Callable[[int], str]
) -> None:
    for day in (28, 29):
        publish_night(day)
        copy_current(settings)
    manifest_of(settings, "2017-12-28-0001").write_text("{", encoding="utf-8")
    publish_night(30)
    copy_current(settings)
    assert folders(side) == ["2017-12-28-0001", "2017-12-29-0002", "2017-12-30-0003"]


def test_what_is_there_is_not_sent_again_and_what_is_lost_there_is(
    settings: Settings,
    side: S3Side,
    publish_night: Callable[[int], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from s3fs.core import S3FileSystem

    publish_night(30)
    copy_current(settings)
    sent: list[str] = []
    put = S3FileSystem.put_file

    def count(self: Any, local: str, remote: str, **how: Any) -> Any:
        sent.append(remote)
        return put(self, local, remote, **how)

    monkeypatch.setattr(S3FileSystem, "put_file", count)
    copy_current(settings)
    assert sent == []
    whole = keys(side)
    path = "tables/dangol/publications/2017-12-30-0001/parquet/customer_view/customers.parquet"
    side.client.put_object(Bucket=side.name, Key=path, Body=b"cut off")
    copy_current(settings)
    assert len(sent) == len(whole) - 2  # all but its manifest and current.json
    assert keys(side) == whole


def test_a_copy_that_fails_leaves_readers_here_alone_and_is_made_again(
    settings: Settings, side: S3Side, publish_night: Callable[[int], str], tonight: Night
) -> None:
    name = publish_night(31)
    lost = replace(settings, copy_to="s3://no-such-bucket/tables")
    with pytest.raises(
        CopyError, match=r"not copied to s3://no-such-bucket/tables: .*`dangol copy"
    ):
        copy_night(lost, tonight)
    assert pointed_to(settings) == name
    assert copy_night(settings, tonight) == {"copied": name}
    assert pointer(side)["publication"] == name


def killed_at(point: str, act: Callable[[], object]) -> bool:
    """Let another process act, and return whether it was killed at a crash point."""
    process = os.fork()
    if not process:
        os.environ["DANGOL_CRASH_AT"] = point
        with suppress(BaseException):
            act()
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(process, 0)[1])


@pytest.mark.parametrize("point", ["copy.file_uploaded", "copy.uploaded"])
def test_a_copy_that_is_killed_is_not_current_and_is_made_again(
    settings: Settings, side: S3Side, publish_night: Callable[[int], str], point: str
) -> None:
    publish_night(30)
    assert killed_at(point, lambda: copy_current(settings))
    assert "current.json" not in keys(side)
    assert keys(side)
    assert copy_current(settings) == pointer(side)["publication"]


def test_a_server_that_goes_away_in_the_middle_leaves_the_last_copy_current(
    settings: Settings,
    side: S3Side,
    publish_night: Callable[[int], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = publish_night(30)
    copy_current(settings)
    second = publish_night(31)
    files = 0

    def take_away(point: str) -> None:
        nonlocal files
        files += point == "copy.file_uploaded"
        if files == 3:
            side.wire.take_away()

    monkeypatch.setattr("dangol.nightly.copies.crash_point", take_away)
    with pytest.raises(CopyError) as error:
        copy_current(settings)
    assert "test-secret" not in str(error.value)
    assert pointer(side)["publication"] == first
    assert pointed_to(settings) == second


def test_a_rollback_while_a_copy_is_made_wins(
    settings: Settings,
    side: S3Side,
    publish_night: Callable[[int], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = publish_night(30)
    publish_night(31)
    moved = []

    def roll_back(point: str) -> None:
        if point == "copy.uploaded" and not moved:
            moved.append(rollback(settings))

    monkeypatch.setattr("dangol.nightly.copies.crash_point", roll_back)
    assert copy_current(settings) == first
    assert pointer(side)["publication"] == first


def test_a_damaged_publication_is_not_copied(
    settings: Settings, side: S3Side, publish_night: Callable[[int], str]
) -> None:
    publish_night(30)
    (publication,) = list_publications(settings)
    file = publication.file(settings)
    file.chmod(0o600)
    file.write_bytes(file.read_bytes()[:-1] + b"\x01")
    with pytest.raises(PublicationError, match="is damaged"):
        copy_current(settings)
    assert keys(side) == set()


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"address": 1}', '{"address": "s3://x", "publications": ["../.."]}']
)
def test_a_list_of_copies_that_is_damaged_deletes_nothing(
    settings: Settings, side: S3Side, publish_night: Callable[[int], str], content: str
) -> None:
    for day in (26, 27, 28, 29):
        publish_night(day)
        copy_current(settings)
        content = content.replace("s3://x", settings.copy_to)
        (settings.warehouse / "copied.json").write_text(content, encoding="utf-8")
    assert len(folders(side)) == 4


def test_without_an_address_nothing_is_copied(
    small_home: Settings, tonight: Night, fill_build: Callable[..., None]
) -> None:
    fill_build(tonight, 1)
    publish(small_home, tonight)
    assert copy_night(small_home, tonight) == {"copied": None}
    with pytest.raises(CopyError, match="set DANGOL_COPY_TO to the address of a bucket"):
        copy_current(small_home)


def test_a_driver_that_is_not_installed_is_named(
    small_home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "s3fs.core", None)
    with pytest.raises(CopyError, match="run `make setup-s3`"):
        copy_current(replace(small_home, copy_to="s3://bucket/tables"))


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("gs://bucket/tables", "must have the form s3://bucket/prefix"),
        ("/srv/tables", "must have the form s3://bucket/prefix"),
        ("s3://key:secret@bucket/tables", "DANGOL_COPY_TO has a password or a key in it"),
        ("s3://bucket/tables?x=1", "DANGOL_COPY_TO is no valid s3:// address"),
        ("s3:///tables", "DANGOL_COPY_TO must have the form"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_before_the_night(
    tmp_path: Path, address: str, message: str
) -> None:
    with pytest.raises(AddressError, match=message) as error:
        Settings.from_environment({"DANGOL_HOME": str(tmp_path), "DANGOL_COPY_TO": address})
    assert "secret@" not in str(error.value)


def test_commands_copy_and_say_so(
    settings: Settings,
    side: S3Side,
    publish_night: Callable[[int], str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    first, second = publish_night(30), publish_night(31)
    monkeypatch.setenv("DANGOL_HOME", str(settings.home))
    monkeypatch.setenv("DANGOL_COPY_TO", settings.copy_to)
    get_settings.cache_clear()
    assert main(["copy"]) == 0
    assert capsys.readouterr().out == f"{second} is copied to {settings.copy_to}\n"
    assert main(["rollback", "--yes"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"readers get {first} until `dangol resume`",
        f"{first} is copied to {settings.copy_to}",
    ]
    side.wire.take_away()
    assert main(["resume"]) == 1
    told = capsys.readouterr()
    assert told.out == f"readers get {second}\n"
    assert told.err.startswith(f"dangol: the publication is not copied to {settings.copy_to}: ")
    get_settings.cache_clear()
