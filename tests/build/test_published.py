import os
import re
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from dangol.build.published import open_publication, open_published, published_path
from dangol.build.warehouse import WarehouseError
from dangol.settings import Settings

Make = Callable[[str], Path]


@pytest.fixture
def make(small_home: Settings) -> Make:
    """Publish a table of one row by hand, and point to it."""
    small_home.publications.mkdir(parents=True)

    def lay(name: str) -> Path:
        file = small_home.publications / name / "dangol.duckdb"
        file.parent.mkdir()
        with duckdb.connect(file) as made:
            made.execute(f"create table t as select '{name}' as name")
        small_home.published_file.unlink(missing_ok=True)
        small_home.published_file.symlink_to(f"publications/{name}/dangol.duckdb")
        return file

    return lay


def test_nothing_published_is_said_in_words(small_home: Settings) -> None:
    with pytest.raises(WarehouseError, match="run a night first"), open_published(small_home):
        pass


def test_a_reader_keeps_the_publication_that_it_opened(small_home: Settings, make: Make) -> None:
    first = make("2017-12-30-0001")
    with open_published(small_home) as published:
        make("2017-12-31-0002")
        first.unlink()
        assert published.execute("from t").fetchall() == [("2017-12-30-0001",)]
        with pytest.raises(duckdb.InvalidInputException, match="read-only"):
            published.execute("drop table t")
    with open_published(small_home) as published:
        assert published.execute("from t").fetchall() == [("2017-12-31-0002",)]


def test_the_catalog_has_the_same_name_every_night(small_home: Settings, make: Make) -> None:
    for name in ("2017-12-30-0001", "2017-12-31-0002"):
        make(name)
        with open_published(small_home) as published:
            assert published.execute("from dangol.main.t").fetchall() == [(name,)]
        for path in (small_home.published_file, small_home.published_file.resolve()):
            with duckdb.connect(path, read_only=True) as reader:
                assert reader.execute("select current_catalog()").fetchall() == [("dangol",)]


def test_a_reader_has_limits_and_no_way_around_them(small_home: Settings, make: Make) -> None:
    make("2017-12-31-0001")
    with open_published(small_home) as published:
        assert published.execute(
            "select current_setting('memory_limit'), current_setting('threads'),"
            " current_setting('TimeZone'), current_setting('temp_file_encryption')"
        ).fetchall() == [("476.8 MiB", 1, "UTC", True)]
        for statement in (
            "set memory_limit = '10GB'",
            "set threads = 8",
            "attach '/tmp/other.duckdb' as other",
            "from read_csv('/etc/passwd')",
            "copy t to '/tmp/t.csv'",
            "install spatial",
        ):
            with pytest.raises(duckdb.Error, match="configuration"):
                published.execute(statement)


def test_what_spills_is_encrypted_beside_nothing_of_the_home_and_goes_away(
    small_home: Settings, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = make("2017-12-31-0001")
    with duckdb.connect(file) as made:
        made.execute(
            "create table words as"
            " select 'SECRET-' || n || repeat(md5(n::varchar), 8) as word from range(400000) r(n)"
        )
    small_home = Settings(small_home.home, small_home.landing, small_home.company,
                          memory_limit="70MB", threads=1)  # fmt: skip
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    before = sorted(small_home.home.rglob("*"))
    with open_published(small_home) as published:
        published.execute("create temp table sorted as from words order by word desc")
        spilled = [each for each in temporary.rglob("*.tmp") if each.is_file()]
        assert spilled
        assert not [each for each in spilled if b"SECRET-" in each.read_bytes()]
        assert sorted(small_home.home.rglob("*")) == before
    assert list(temporary.iterdir()) == []


def test_without_a_place_to_spill_a_query_fails_rather_than_spill_in_the_clear(
    small_home: Settings, make: Make
) -> None:
    file = make("2017-12-31-0001")
    small_home = Settings(small_home.home, small_home.landing, small_home.company,
                          memory_limit="30MB", threads=1)  # fmt: skip
    with (
        open_publication(small_home, file) as published,
        pytest.raises(duckdb.OutOfMemoryException),
    ):
        published.execute(
            "create temp table words as select repeat(md5(n::varchar), 20) from range(400000) r(n)"
        )
    assert list(small_home.publications.rglob("*.tmp")) == []


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("build.duckdb", "does not lead to a publication of this home, but to .*build.duckdb"),
        ("/etc/hostname", "does not lead to a publication of this home, but to /etc/hostname"),
        ("publications/2017-12-30-0009/dangol.duckdb", "names a publication that is not there: "),
        ("dangol.duckdb", "names a publication that is not there: "),
    ],
)
def test_a_pointer_that_leads_elsewhere_is_not_followed(
    small_home: Settings, make: Make, target: str, message: str
) -> None:
    make("2017-12-31-0001")
    small_home.build_file.touch()
    small_home.published_file.unlink()
    small_home.published_file.symlink_to(target)
    with pytest.raises(WarehouseError, match=message + ".*`dangol resume`"):
        published_path(small_home)


@pytest.mark.parametrize("content", [b"", b"x" * 10_000, None])
def test_a_publication_that_cannot_be_read_is_named_with_what_to_do(
    small_home: Settings, make: Make, content: bytes | None
) -> None:
    file = make("2017-12-31-0001")
    file.write_bytes(file.read_bytes()[:5000] if content is None else content)
    with (
        pytest.raises(WarehouseError, match=r"can't be read \(.*`dangol rollback`") as error,
        open_published(small_home) as published,
    ):
        published.execute("from t")
    assert re.match(rf"{file} ", str(error.value))
    assert "\n" not in str(error.value)


def test_an_account_that_may_not_read_is_told_who_can_let_it_in(
    small_home: Settings, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    make("2017-12-31-0001")

    def refuse(path: str, **_: object) -> str:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os.path, "realpath", refuse)
    with pytest.raises(WarehouseError, match="may not be read by this account: whoever runs the"):
        published_path(small_home)
