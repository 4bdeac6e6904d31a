"""What is peculiar to SFTP: host keys, logins, links, and a server that is not polite."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncssh
import pytest

from dangol.extract.landed_bytes import UnreadableFileError
from dangol.extract.landing import Landing
from dangol.extract.quarantine import export_rows, resubmit
from dangol.extract.zones import sftp
from dangol.extract.zones.sftp_login import SftpLogin
from dangol.extract.zones.zone import LandedFile, LandingError
from tests.extract.landing_servers import SftpSide
from tests.extract.sftp_server import PASSWORD

if TYPE_CHECKING:
    from tests.extract.conftest import Shop

FILE = "orders_2017-01-05.csv"
NEXT = "orders_2017-01-06.csv"
ROW = "a,Kim,1,9.90,,,,"
WRONG, PASSPHRASE = "battery staple", "hunter two"


@pytest.fixture
def side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SftpSide]:
    side = SftpSide(tmp_path / "outside", monkeypatch)
    yield side
    side.close()


@pytest.fixture
def landing(side: SftpSide) -> Iterator[Landing]:
    landing = Landing(side.landing)
    yield landing
    landing.close()


def refused(landing: Landing) -> str:
    with pytest.raises(LandingError) as error:
        landing.check()
    assert PASSWORD not in str(error.value)
    return str(error.value)


# ---------------------------------------------------------------------------------------- host keys


def test_an_unknown_server_is_never_trusted(side: SftpSide, landing: Landing) -> None:
    side.known_hosts.write_text("")
    key = side.server.host_key
    port = side.wire.port
    assert refused(landing) == (
        f"the landing zone {side.landing}: the server's host key (ssh-ed25519 "
        f"{key.get_fingerprint()}) is not in {side.known_hosts} (DANGOL_SFTP_KNOWN_HOSTS). Fetch "
        f"the key with `ssh-keyscan -p {port} 127.0.0.1 >> {side.known_hosts}`, and compare its "
        f"fingerprint (`ssh-keygen -l -f {side.known_hosts}`) with the one that the server's "
        "operator tells you"
    )
    assert side.known_hosts.read_text() == ""
    assert side.server.logins == []


def test_a_server_with_another_key_is_not_spoken_to(side: SftpSide, landing: Landing) -> None:
    side.trust(asyncssh.generate_private_key("ssh-ed25519"))
    message = refused(landing)
    assert f"(ssh-ed25519 {side.server.host_key.get_fingerprint()}) is another one" in message
    assert f"ssh-keygen -R '[127.0.0.1]:{side.wire.port}' -f {side.known_hosts}" in message
    assert "operator confirms" in message
    assert side.server.logins == []


def test_a_server_with_a_key_of_another_kind_is_not_spoken_to(
    side: SftpSide, landing: Landing
) -> None:
    side.trust(asyncssh.generate_private_key("ssh-rsa"))
    message = refused(landing)
    assert f"(ssh-ed25519 {side.server.host_key.get_fingerprint()}) is another one" in message
    assert side.server.logins == []


def test_one_of_a_server_s_keys_is_enough(side: SftpSide, landing: Landing) -> None:
    side.trust(side.server.other_host_key)
    landing.check()


def test_a_key_of_the_right_authority_is_trusted(side: SftpSide, landing: Landing) -> None:
    authority = asyncssh.generate_private_key("ssh-ed25519")
    side.trust(authority)
    side.known_hosts.write_text(f"@cert-authority {side.known_hosts.read_text()}")
    refused(landing)
    assert side.server.logins == []
    side.server.certify(authority)
    landing.check()


def test_a_revoked_key_is_not_trusted(side: SftpSide, landing: Landing) -> None:
    line = side.known_hosts.read_text()
    side.known_hosts.write_text(f"{line}@revoked {line}")
    assert "Host key is revoked" in refused(landing)
    assert side.server.logins == []


def test_a_hashed_name_is_known(side: SftpSide, landing: Landing) -> None:
    import base64
    import hashlib
    import hmac

    name = f"[127.0.0.1]:{side.wire.port}".encode()
    salt = b"x" * 20
    digest = hmac.new(salt, name, hashlib.sha1).digest()
    hashed = "|1|" + "|".join(base64.b64encode(each).decode() for each in (salt, digest))
    _, _, key = side.known_hosts.read_text().partition(" ")
    side.known_hosts.write_text(f"{hashed} {key}")
    landing.check()


def test_known_hosts_that_do_not_exist_are_named(side: SftpSide, landing: Landing) -> None:
    side.known_hosts.unlink()
    assert refused(landing).startswith(
        f"{side.known_hosts} (DANGOL_SFTP_KNOWN_HOSTS) does not exist, so no server is trusted."
    )


def test_the_default_is_the_user_s_own_file(
    side: SftpSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = side.folder.with_name("home")
    (home / ".ssh").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("DANGOL_SFTP_KNOWN_HOSTS")
    assert refused(Landing(side.landing)).startswith(f"{home}/.ssh/known_hosts")
    (home / ".ssh" / "known_hosts").write_text(side.known_hosts.read_text())
    Landing(side.landing).check()


# ------------------------------------------------------------------------------------------- logins


def test_a_wrong_password(side: SftpSide, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DANGOL_SFTP_PASSWORD", WRONG)
    message = refused(Landing(side.landing))
    assert message == (
        f"the landing zone {side.landing} (DANGOL_LANDING) refuses the login of sender: check "
        "DANGOL_SFTP_PASSWORD or DANGOL_SFTP_KEY"
    )


def test_no_login(side: SftpSide, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DANGOL_SFTP_PASSWORD")
    with pytest.raises(LandingError, match="set DANGOL_SFTP_KEY to a file with a private key, or"):
        Landing(side.landing)


@pytest.fixture
def key_file(side: SftpSide, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A key with a passphrase, which the server knows."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    side.server.client_keys.append(key.export_public_key())
    file = side.folder.with_name("key")
    key.write_private_key(file, passphrase=PASSPHRASE)
    monkeypatch.delenv("DANGOL_SFTP_PASSWORD")
    monkeypatch.setenv("DANGOL_SFTP_KEY", str(file))
    monkeypatch.setenv("DANGOL_SFTP_KEY_PASSPHRASE", PASSPHRASE)
    return file


def test_a_key_logs_in(side: SftpSide, key_file: Path) -> None:
    Landing(side.landing).check()
    side.server.client_keys.clear()
    assert "refuses the login of sender" in refused(Landing(side.landing))


@pytest.mark.parametrize("passphrase", ["hunter three", ""])
def test_a_wrong_passphrase(
    side: SftpSide, key_file: Path, monkeypatch: pytest.MonkeyPatch, passphrase: str
) -> None:
    monkeypatch.setenv("DANGOL_SFTP_KEY_PASSPHRASE", passphrase)
    assert refused(Landing(side.landing)) == (
        f"{key_file} (DANGOL_SFTP_KEY) can't be used: it is no private key, or its passphrase "
        "(DANGOL_SFTP_KEY_PASSPHRASE) is wrong"
    )


def test_a_key_file_that_is_none(side: SftpSide, key_file: Path) -> None:
    key_file.write_text("my secret notes")
    message = refused(Landing(side.landing))
    assert "it is no private key" in message
    assert "notes" not in message
    key_file.unlink()
    assert refused(Landing(side.landing)) == (
        f"{key_file} (DANGOL_SFTP_KEY) can't be used: No such file or directory"
    )


def test_only_the_variables_are_used(
    side: SftpSide, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither keys nor settings in ``~/.ssh`` help."""
    home = side.folder.with_name("home")
    (home / ".ssh").mkdir(parents=True)
    key = asyncssh.generate_private_key("ssh-ed25519")
    side.server.client_keys[:] = [key.export_public_key()]
    key.write_private_key(home / ".ssh" / "id_ed25519")
    config = f"Host *\n IdentityFile {home}/.ssh/id_ed25519\n ProxyCommand false\n"
    (home / ".ssh" / "config").write_text(config)
    monkeypatch.setenv("HOME", str(home))
    assert "refuses the login" in refused(Landing(side.landing))
    monkeypatch.delenv("DANGOL_SFTP_KEY")
    monkeypatch.setenv("DANGOL_SFTP_PASSWORD", "wrong")
    assert "refuses the login" in refused(Landing(side.landing))


def test_no_secret_is_shown_or_logged(
    side: SftpSide,
    key_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("DANGOL_SFTP_PASSWORD", PASSWORD)
    with caplog.at_level(logging.DEBUG):
        Landing(side.landing).check()
        side.server.client_keys.clear()
        monkeypatch.setenv("DANGOL_SFTP_PASSWORD", WRONG)
        refused(Landing(side.landing))
    login = SftpLogin.from_environment(side.landing, os.environ)
    assert (login.password, login.passphrase) == (WRONG, PASSPHRASE)
    for secret in (PASSWORD, WRONG, PASSPHRASE):
        assert secret not in caplog.text
        assert secret not in repr(login)
    assert "asyncssh" not in {record.name for record in caplog.records}


@pytest.mark.parametrize(
    ("path", "folder"), [("", "."), ("/", "/"), ("/in", "/in"), ("/a%20b/", "/a b")]
)
def test_where_the_folder_is(monkeypatch: pytest.MonkeyPatch, path: str, folder: str) -> None:
    login = SftpLogin.from_environment(f"sftp://a@example.com{path}", {"DANGOL_SFTP_PASSWORD": "x"})
    assert login.folder == folder


def test_an_address_without_a_path_is_the_login_s_folder(side: SftpSide) -> None:
    side.put("shop/file", b"x")
    landing = Landing(side.landing.rstrip("/"))
    landing.check()
    assert landing.systems() == ["shop"]
    assert [file.name for file in landing.files("shop")] == ["file"]
    landing.close()


# ------------------------------------------------------------------------------- what is not a file


def test_links_are_listed_and_not_followed(shop: Shop, side: SftpSide) -> None:
    secret = side.folder.with_name("secret")
    secret.write_text(f"{shop.header}\n{ROW}\n")
    (side.folder / "shop").mkdir()
    (side.folder / "shop" / FILE).symlink_to(secret)
    (side.folder / "shop" / NEXT).symlink_to("nowhere")
    os.mkfifo(side.folder / "shop" / "orders_2017-01-07.csv")
    (side.folder / "shop" / "orders_2017-01-08.csv").mkdir()
    shop.extract()
    assert shop.fates() == [
        (FILE, "rejected", "it is a symbolic link"),
        (NEXT, "rejected", "it is a symbolic link"),
        ("orders_2017-01-07.csv", "rejected", "it is a pipe"),
        ("orders_2017-01-08.csv", "rejected", "it is a folder"),
    ]
    assert side.server.opened == []


def test_a_linked_folder_is_listed_as_such(side: SftpSide, landing: Landing) -> None:
    side.put("shop/file", b"x")
    (side.folder / "linked").symlink_to("shop")
    assert [(file.name, file.refusal) for file in landing.files("linked")] == [
        (".", "the folder is a symbolic link: nothing in it is read")
    ]


def test_a_link_put_in_place_of_a_file_is_not_opened(side: SftpSide, landing: Landing) -> None:
    side.put("shop/file", b"x")
    (entry,) = landing.files("shop")
    file = side.folder / "shop" / "file"
    file.unlink()
    file.symlink_to("/etc/passwd")
    with (
        pytest.raises(UnreadableFileError, match="it is no longer a regular file"),
        landing.open("shop", entry),
    ):
        pass
    assert side.server.opened == []


def test_a_link_put_in_place_while_a_file_is_opened_is_not_read(
    side: SftpSide, landing: Landing
) -> None:
    side.put("shop/file", b"x")
    (entry,) = landing.files("shop")
    file = side.folder / "shop" / "file"

    def swap(request: str, path: str) -> None:
        if request == "open":
            file.unlink()
            file.symlink_to("/etc/passwd")
        assert request != "read"

    side.server.before = swap
    with (
        pytest.raises(UnreadableFileError, match="it is no longer a regular file"),
        landing.open("shop", entry),
    ):
        pass
    assert side.server.opened == ["/shop/file"]


def test_another_file_put_in_place_while_one_is_opened_waits(
    side: SftpSide, landing: Landing
) -> None:
    side.put("shop/file", b"x")
    (entry,) = landing.files("shop")

    def replace(request: str, path: str) -> None:
        if request == "fstat":  # the server has opened it already
            other = side.folder / "other"
            other.write_bytes(b"another")
            other.replace(side.folder / "shop" / "file")

    side.server.before = replace
    with (
        pytest.raises(UnreadableFileError, match="it changed while it was being opened"),
        landing.open("shop", entry),
    ):
        pass


@pytest.mark.parametrize("name", [b"codes_\xff.csv", b"\xb9\xe9\xbe\xf7", b"codes_a\nb.csv"])
def test_a_name_that_is_no_text_is_listed_and_refused(
    side: SftpSide, landing: Landing, name: bytes
) -> None:
    side.put("shop/good", b"x")
    (side.folder / "shop" / os.fsdecode(name)).write_bytes(b"code\nx\n")
    (side.folder / os.fsdecode(name)).mkdir()
    hostile, good = sorted(landing.files("shop"), key=lambda file: file.name == "good")
    assert hostile.name == os.fsdecode(name).encode("unicode_escape").decode()
    assert hostile.refusal
    assert good.refusal is None
    assert os.fsdecode(name) in landing.systems()


def test_a_server_that_does_not_say_what_a_file_is() -> None:
    assert sftp._refusal(asyncssh.SFTPAttrs(size=1)) == (
        "the server does not say whether it is a regular file"
    )


# ----------------------------------------------------------------------------------- the connection


def test_a_server_that_hangs_up_between_files_is_called_again(
    shop: Shop, side: SftpSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in (4, 5, 6):
        side.put(f"shop/orders_2017-01-0{day}.csv", f"{shop.header}\no{day},Kim,1,1.00,,,,\n")
    original = sftp.SftpZone.open

    def opened(self: sftp.SftpZone, system: str, name: str) -> Any:
        side.wire.hang_up()
        return original(self, system, name)

    monkeypatch.setattr(sftp.SftpZone, "open", opened)
    assert shop.extract()["loaded"] == 3
    assert len(side.server.logins) == 4


def test_a_step_hangs_up_at_its_end(shop: Shop, side: SftpSide, tmp_path: Path) -> None:
    side.put(f"shop/{FILE}", f"{shop.header}\nx,Kim,1,9.90,,,,\ny,Kim,one,9.90,,,,\n")
    shop.extract()
    corrected = tmp_path / "corrected.csv"
    export_rows(shop.settings, "shop.orders.000001", corrected)
    resubmit(shop.settings, "shop.orders.000001", corrected)
    assert len(side.server.logins) == 2
    assert side.server.is_left()


def test_a_login_that_has_no_sftp(side: SftpSide, landing: Landing) -> None:
    side.server.offer(sftp_factory=None)
    assert refused(landing).startswith(f"the landing zone {side.landing} (DANGOL_LANDING) can't be")
    assert side.server.is_left()


def test_a_login_whose_sftp_never_starts(
    side: SftpSide, landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dangol.extract.zones.sftp_login.CONNECTS_WITHIN", 1.0)

    def start(channel: Any) -> asyncssh.SFTPServer:
        side.wire.stall_after = 0
        return asyncssh.SFTPServer(channel)

    side.server.offer(sftp_factory=start)
    assert "no response within 1 seconds" in refused(landing)
    assert side.server.is_left()


def test_a_server_that_accepts_and_says_nothing(
    side: SftpSide, landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dangol.extract.zones.sftp_login.CONNECTS_WITHIN", 0.5)
    side.wire.stall_after = 0
    started = time.monotonic()
    assert refused(landing) == (
        f"the landing zone {side.landing} (DANGOL_LANDING) can't be used: no response within "
        "0.5 seconds"
    )
    assert time.monotonic() - started < 5


def test_a_server_that_stops_answering_a_listing(
    side: SftpSide, landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    landing.check()
    monkeypatch.setattr("dangol.extract.zones.sftp_connection.ANSWERS_WITHIN", 0.5)
    side.wire.stall_after = 0
    with pytest.raises(LandingError, match=r"can't be used: no response within 0\.5 seconds"):
        landing.files("shop")


def test_what_a_server_says_is_not_repeated(shop: Shop, side: SftpSide) -> None:
    side.put(f"shop/{FILE}", f"{shop.header}\n{ROW}\n")

    def refuse(request: str, path: str) -> None:
        if request == "open":
            raise asyncssh.SFTPFailure("sender's birthday is 1990-01-01\n\x1b[31m")

    side.server.before = refuse
    shop.extract()
    assert shop.fates() == [(FILE, "waiting", "it can't be read (the server answers SFTPFailure)")]


def test_a_file_that_may_not_be_read_waits(shop: Shop, side: SftpSide) -> None:
    side.put(f"shop/{FILE}", f"{shop.header}\n{ROW}\n")

    def refuse(request: str, path: str) -> None:
        raise asyncssh.SFTPPermissionDenied("")

    side.server.before = refuse
    shop.extract()
    assert shop.fates() == [(FILE, "waiting", "it can't be read (Permission denied)")]
    side.server.before = lambda request, path: None
    assert shop.extract()["rows_loaded"] == 1


def test_a_file_that_was_read_may_fail_to_close(shop: Shop, side: SftpSide) -> None:
    side.put(f"shop/{FILE}", f"{shop.header}\n{ROW}\n")

    def refuse(request: str, path: str) -> None:
        if request == "close":
            raise asyncssh.SFTPFailure("")

    side.server.before = refuse
    assert shop.extract()["rows_loaded"] == 1


# ------------------------------------------------------------------------------------------ writing


def test_an_upload_is_renamed_when_it_is_whole(side: SftpSide, landing: Landing) -> None:
    seen: list[tuple[list[str], bytes]] = []

    def look(request: str, path: str) -> None:
        if request == "rename":
            part = side.folder / "shop" / ".file.csv.part"
            seen.append((os.listdir(side.folder / "shop"), part.read_bytes()))
            assert part.stat().st_mode & 0o777 == 0o600

    side.server.before = look
    assert landing.put("shop", "file.csv", b"rows" * 100_000)
    assert seen == [([".file.csv.part"], b"rows" * 100_000)]
    assert os.listdir(side.folder / "shop") == ["file.csv"]


def test_a_file_that_arrives_meanwhile_is_not_replaced(side: SftpSide, landing: Landing) -> None:
    def arrive(request: str, path: str) -> None:
        if request == "rename":
            side.put("shop/file.csv", b"theirs")

    side.server.before = arrive
    assert not landing.put("shop", "file.csv", b"ours")
    assert side.get("shop/file.csv") == b"theirs"
    assert os.listdir(side.folder / "shop") == ["file.csv"]


def test_a_server_that_is_read_only(side: SftpSide, landing: Landing) -> None:
    def refuse(request: str, path: str) -> None:
        raise asyncssh.SFTPPermissionDenied("")

    side.server.before = refuse
    with pytest.raises(LandingError) as error:
        landing.put("shop", "file.csv", b"ours")
    assert str(error.value) == (f"{side.landing}/shop/file.csv can't be written: Permission denied")


def test_an_upload_that_broke_off_does_no_harm(side: SftpSide, landing: Landing) -> None:
    def hang_up(request: str, path: str) -> None:
        if request == "rename":
            side.wire.hang_up()

    side.server.before = hang_up
    with pytest.raises(LandingError, match="the connection broke"):
        landing.put("shop", "file.csv", b"ours")
    side.server.before = lambda request, path: None
    time.sleep(0.2)  # the server may still carry out the last request
    if not (side.folder / "shop" / "file.csv").exists():
        (left,) = landing.files("shop")
        assert (left.name, left.refusal is None) == (".file.csv.part", False)
        assert landing.put("shop", "file.csv", b"ours, again")
    assert [file.name for file in landing.files("shop")] == ["file.csv"]


def test_opening_needs_a_listed_file_to_exist(landing: Landing) -> None:
    with (
        pytest.raises(UnreadableFileError, match="No such file or directory"),
        landing.open("shop", LandedFile("file", 0, "")),
    ):
        pass
