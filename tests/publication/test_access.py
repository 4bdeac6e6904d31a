"""Another account of the machine reads the published tables, and nothing else."""

from __future__ import annotations

import io
import json
import os
import stat
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from dangol.build.published import open_published
from dangol.build.warehouse import WarehouseError
from dangol.night import Night
from dangol.publication.access import let_readers_in
from dangol.publication.publish import publish
from dangol.publication.rollback import rollback
from dangol.publication.store import PublicationError, list_publications
from dangol.settings import Settings, SettingsError

READERS, ANALYST, STRANGER = 60_001, 60_002, 60_003
"""A group, an account in it and one that is not; numbers that no account of a machine has."""

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another account")


@pytest.fixture
def settings(small_home: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """A home that other accounts can reach: pytest's own folders let nobody in."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)
        home = Path(folder) / "home"
        small_home.home.rename(home)
        yield replace(small_home, home=home, landing=str(home / "landing"))


def as_account(user: int, groups: list[int], act: Callable[[], object]) -> object:
    """Return what an act returns, or the error that it raises, as another account."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.setgroups(groups)
            os.setgid(user)
            os.setuid(user)
            told = act()
        except Exception as error:
            told = [type(error).__name__, str(error)]
        except BaseException:
            told = traceback.format_exc()
        os.write(write, json.dumps(told).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as stream:
        told = json.loads(stream.read() or "null")
    os.waitpid(child, 0)
    return told


def modes(settings: Settings, *paths: str) -> dict[str, str]:
    return {path: stat.filemode((settings.home / path).stat().st_mode) for path in paths}


def count(file: Path, **how: bool) -> object:
    with duckdb.connect(file, **how) as reader:
        return reader.execute("select count(*) from dangol.customer_view.customers").fetchall()


@pytest.fixture
def published(
    settings: Settings,
    last_night: Night,
    tonight: Night,
    fill_build: Callable[..., None],
    small_home: Settings,
) -> Settings:
    """Two nights, published for a group of readers."""
    settings = replace(settings, readers_group=READERS)
    small_home.home.symlink_to(settings.home)  # where fill_build writes
    for night, customers in ((last_night, 2), (tonight, 3)):
        fill_build(night, customers)
        publish(settings, night)
    return settings


@needs_root
def test_an_account_of_the_group_reads_every_publication_and_writes_none(
    published: Settings,
) -> None:
    pointer = published.published_file
    assert as_account(ANALYST, [READERS], lambda: count(pointer, read_only=True)) == [[3]]
    for publication in list_publications(published):
        file = publication.file(published)
        assert as_account(ANALYST, [READERS], lambda file=file: count(file, read_only=True))
    for path in (pointer, pointer.resolve()):
        error = as_account(ANALYST, [READERS], lambda path=path: count(path))
        assert isinstance(error, list)
        assert error[0] == "IOException"
        assert "Permission denied" in error[1]
    assert sorted(os.listdir(published.warehouse)) == [
        "build.duckdb", "dangol.duckdb", "publications",
    ]  # fmt: skip


@needs_root
def test_the_account_that_publishes_cannot_write_either(published: Settings) -> None:
    for path in (published.home, *published.home.rglob("*")):
        os.chown(path, ANALYST, ANALYST, follow_symlinks=False)
    let_readers_in(replace(published, readers_group=None))
    pointer = published.published_file
    assert as_account(ANALYST, [], lambda: count(pointer, read_only=True)) == [[3]]
    error = as_account(ANALYST, [], lambda: count(pointer))
    assert isinstance(error, list)
    assert "Permission denied" in error[1]


@needs_root
def test_a_reader_that_forgets_read_only_locks_nobody_out(published: Settings) -> None:
    def forget_and_read() -> object:
        with pytest.raises(duckdb.IOException):
            duckdb.connect(published.published_file)
        return count(published.published_file, read_only=True)

    assert as_account(ANALYST, [READERS], forget_and_read) == [[3]]


@needs_root
def test_the_command_line_reads_for_an_account_of_the_group(published: Settings) -> None:
    from dangol.cli import main
    from dangol.settings import get_settings

    def ask() -> object:
        os.environ["DANGOL_HOME"] = str(published.home)
        get_settings.cache_clear()
        tempfile.tempdir = str(spill)
        query = "select count(*) as customers from customer_view.customers"
        with redirect_stdout(io.StringIO()) as out:
            status = main(["query", "--format", "csv", query])
        return [status, out.getvalue()]

    spill = published.home.parent / "tmp"
    spill.mkdir()
    os.chown(spill, ANALYST, ANALYST)
    (published.home / "company").mkdir(mode=0o700)
    (published.home / "company" / "company.toml").touch()
    assert as_account(ANALYST, [READERS], ask) == [0, "customers\n3\n"]


@needs_root
def test_nothing_else_of_the_home_can_be_read_or_listed(published: Settings) -> None:
    for folder in ("landing", "lake"):
        (published.home / folder).mkdir(mode=0o755)
        (published.home / folder / "export.csv").write_text("personal", encoding="utf-8")
    published.build_file.chmod(0o644)
    let_readers_in(published)

    def reach() -> object:
        reached = []
        for path in ("", "warehouse", "landing", "lake", "ops"):
            try:
                reached.append(os.listdir(published.home / path))
            except PermissionError:
                continue
        for path in ("landing/export.csv", "lake/export.csv", "warehouse/build.duckdb"):
            try:
                reached.append((published.home / path).read_bytes())
            except PermissionError:
                continue
        return reached

    assert as_account(ANALYST, [READERS], reach) == []
    assert modes(published, "", "warehouse", "landing", "lake", "warehouse/build.duckdb") == {
        "": "drwx--x---",
        "warehouse": "drwx--x---",
        "landing": "drwx------",
        "lake": "drwx------",
        "warehouse/build.duckdb": "-rw-------",
    }


@needs_root
def test_an_account_that_is_not_in_the_group_is_told_so(published: Settings) -> None:
    def ask() -> object:
        with open_published(published) as reader:
            return reader.execute("select 1").fetchall()

    assert as_account(STRANGER, [STRANGER], ask) == [
        WarehouseError.__name__,
        f"{published.published_file} may not be read by this account: whoever runs the pipeline "
        "can let a group of accounts read the publications, with DANGOL_READERS_GROUP",
    ]


@needs_root
def test_publications_of_before_are_given_to_a_group_that_is_named_later(
    published: Settings,
) -> None:
    files = [each.file(published) for each in list_publications(published)]
    for file in files:
        file.chmod(0o600)
    error = as_account(ANALYST, [READERS], lambda: count(files[0], read_only=True))
    assert isinstance(error, list)
    assert error[0] == "IOException"
    rollback(published)
    assert {stat.filemode(file.stat().st_mode) for file in files} == {"-r--r-----"}
    assert as_account(ANALYST, [READERS], lambda: count(files[0], read_only=True)) == [[2]]


@needs_root
def test_a_command_whose_environment_names_no_group_takes_nothing_away(
    published: Settings,
) -> None:
    rollback(replace(published, readers_group=None))
    pointer = published.published_file
    assert as_account(ANALYST, [READERS], lambda: count(pointer, read_only=True)) == [[2]]


def test_without_a_group_a_publication_is_its_owner_s_to_read(
    settings: Settings, small_home: Settings, tonight: Night, fill_build: Callable[..., None]
) -> None:
    small_home.home.symlink_to(settings.home)
    fill_build(tonight, 3)
    settings.home.chmod(0o700)
    settings.warehouse.chmod(0o700)
    publish(settings, tonight)
    folder = "warehouse/publications/2017-12-31-0001"
    paths = ("", "warehouse", "warehouse/publications", folder, f"{folder}/dangol.duckdb",
             f"{folder}/publication.json")  # fmt: skip
    assert list(modes(settings, *paths).values()) == [*["drwx------"] * 4, *["-r--------"] * 2]
    let_readers_in(settings)  # once more


def test_a_group_that_the_files_cannot_be_given_to_is_named(
    settings: Settings,
    small_home: Settings,
    tonight: Night,
    fill_build: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    small_home.home.symlink_to(settings.home)
    fill_build(tonight, 3)
    publish(settings, tonight)

    def refuse(path: Path, *_: int) -> None:
        raise PermissionError(1, "Operation not permitted", str(path))

    monkeypatch.setattr(os, "chown", refuse)
    with pytest.raises(PublicationError, match=r"can't be given to the readers .* be in the group"):
        let_readers_in(replace(settings, readers_group=READERS))


def test_the_group_is_read_by_name_or_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import grp

    own = grp.getgrgid(os.getegid())

    def group(text: str) -> int | None:
        environment = {"DANGOL_HOME": str(tmp_path), "DANGOL_READERS_GROUP": text}
        return Settings.from_environment(environment).readers_group

    assert group("") is None
    assert group(own.gr_name) == group(str(own.gr_gid)) == own.gr_gid
    for text in ("no such group", "9" * 12):
        with pytest.raises(SettingsError, match="there is no such group here: create it"):
            group(text)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(os, "getgroups", lambda: [])
    with pytest.raises(SettingsError, match="the account that runs the pipeline must be in it"):
        group("60001")
