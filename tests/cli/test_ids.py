"""`dangol whois` answers both ways, masks what it is not asked to show, and keeps a record."""

from __future__ import annotations

import io
import json
import os
import pwd
import stat
from collections.abc import Callable

import pytest

from dangol.build.warehouse import open_build
from dangol.cli import ids, main
from dangol.id_keys import IdKey
from dangol.settings import Settings
from tests.id_key import SECRET

KEY = IdKey(SECRET)
IDENTIFIER = KEY.id_of("loyalty_member:0900-SECRET")
CUSTOMER = KEY.id_of(f"customer:{IDENTIFIER}")
MESSAGE = KEY.id_of("7-0900-SECRET")
RESPONSE = KEY.id_of("coupon 7-0900-SECRET")


@pytest.fixture
def ask(
    small_home: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """Run a command in a home that knows one member, who was sent a message."""
    with open_build(small_home) as build:
        build.execute(
            f"""
            create table identity.identifiers as select '{IDENTIFIER}' as identifier_id,
                'loyalty_member' as identifier_type, '0900-SECRET' as identifier_value;
            create table identity.identifier_customers as
                select '{IDENTIFIER}' as identifier_id, '{CUSTOMER}' as customer_id;
            create table cleaned.int_messages_received as select '{MESSAGE}' as message_id,
                'loyalty_member' as identifier_type, '0900-SECRET' as identifier_value;
            create table cleaned.int_campaign_responses_received as
                select '{RESPONSE}' as response_id, * exclude (message_id)
                from cleaned.int_messages_received;
            """
        )
    monkeypatch.setattr(ids, "get_settings", lambda: small_home)

    def run(*arguments: str, stdin: str = "") -> tuple[int, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        code = main(arguments)
        told = capsys.readouterr()
        return code, told.out + told.err

    return run


def log_of(settings: Settings) -> list[dict[str, object]]:
    file = settings.ops / "whois.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


@pytest.mark.parametrize("published_id", [CUSTOMER, IDENTIFIER, MESSAGE, RESPONSE])
def test_an_id_is_translated_masked_unless_it_is_to_be_revealed(
    ask: Callable[..., tuple[int, str]], published_id: str
) -> None:
    code, told = ask("whois", published_id)
    assert code == 0
    assert "loyalty_member" in told
    assert "***" in told
    assert "SECRET" not in told
    code, told = ask("whois", "--reveal", published_id)
    assert code == 0
    assert "0900-SECRET" in told


def test_who_asked_is_logged_with_the_account_and_not_the_answer(
    ask: Callable[..., tuple[int, str]], small_home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("USER", "LOGNAME"):
        monkeypatch.setenv(name, "somebody-else")
    ask("whois", CUSTOMER)
    ask("whois", "--reveal", "-", stdin=f"{CUSTOMER}\n")
    ask("whois", "--type", "loyalty_member", stdin="0900-SECRET\n")
    account = pwd.getpwuid(os.getuid()).pw_name
    assert [(each["account"], each["ids"], each["how"]) for each in log_of(small_home)] == [
        (account, [CUSTOMER], "masked"),
        (account, [CUSTOMER], "revealed"),
        (account, [IDENTIFIER, CUSTOMER], "looked up by value"),
    ]
    file = small_home.ops / "whois.jsonl"
    assert "SECRET" not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_can_not_be_logged_is_not_shown(
    ask: Callable[..., tuple[int, str]], small_home: Settings
) -> None:
    small_home.ops.mkdir()
    (small_home.ops / "whois.jsonl").mkdir()
    code, told = ask("whois", "--reveal", CUSTOMER)
    assert code == 1
    assert "nothing is shown without a record" in told
    assert "SECRET" not in told


def test_an_identifier_from_standard_input_gives_its_published_ids(
    ask: Callable[..., tuple[int, str]],
) -> None:
    code, told = ask("whois", "--type", "loyalty_member", stdin="0900-SECRET\n")
    assert code == 0
    assert IDENTIFIER in told
    assert CUSTOMER in told
    assert "SECRET" not in told


def test_an_identifier_is_typed_without_echo(
    ask: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("io.StringIO", Terminal)
    monkeypatch.setattr(ids.getpass, "getpass", lambda prompt: "0900-SECRET")
    code, told = ask("whois", "--type", "loyalty_member")
    assert code == 0
    assert IDENTIFIER in told


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["whois", "0" * 32], "is it from before a rotation"),
        (["whois", "01012345678"], "a published id is 32 digits 0-9, a-f"),
        (["whois", "--type", "loyalty_member"], "no system has named this identifier"),
        (["whois", "--type", "phone"], "the types are loyalty_member"),
        (["whois"], "give either"),
        (["whois", CUSTOMER, "--type", "phone"], "give either"),
    ],
)
def test_a_question_without_an_answer_says_why_and_quotes_no_value(
    ask: Callable[..., tuple[int, str]], arguments: list[str], message: str
) -> None:
    code, told = ask(*arguments, stdin="no-such-SECRET\n")
    assert code == 1
    assert message in told
    assert "SECRET" not in told


def test_a_question_without_an_answer_is_logged_too(
    ask: Callable[..., tuple[int, str]], small_home: Settings
) -> None:
    ask("whois", "0" * 32)
    ask("whois", "--reveal", "01012345678")
    ask("whois", "--type", "loyalty_member", stdin="no-such-SECRET\n")
    assert [(each["ids"], each["how"]) for each in log_of(small_home)] == [
        (["0" * 32], "nobody found"),
        (["not a published id"], "nobody found"),
        ([], "nobody found by value"),
    ]


@pytest.mark.parametrize(
    ("held", "asked", "is_found"),
    [
        ("+821012345678", "010-1234-5678", True),
        ("+821012345678", "+82 10-1234-5678", True),
        ("+821012345678", "821012345678", True),
        ("01012345678", "+82 10 1234 5678", True),
        ("010-1234-5678", "01012345678", True),
        ("Kim@Example.com", "kim@example.com", True),
        ("+821012345678", "010-1234-5679", False),
        ("+821012345678", "5678", False),
        ("9912345678", "12345678", False),
        ("홍길동", "---", False),
    ],
)
def test_a_value_is_found_as_another_system_writes_it(
    ask: Callable[..., tuple[int, str]],
    small_home: Settings,
    held: str,
    asked: str,
    is_found: bool,
) -> None:
    with open_build(small_home) as build:
        build.execute("update identity.identifiers set identifier_value = ?", [held])
    code, told = ask("whois", "--type", "loyalty_member", stdin=f"{asked}\n")
    assert (code == 0, IDENTIFIER in told) == (is_found, is_found)


def test_of_several_that_look_alike_exactly_the_one_that_was_asked_for_is_found(
    ask: Callable[..., tuple[int, str]], small_home: Settings
) -> None:
    other = KEY.id_of("loyalty_member:0900SECRET")
    with open_build(small_home) as build:
        build.execute(
            "insert into identity.identifiers values (?, 'loyalty_member', '0900SECRET')", [other]
        )
        build.execute("insert into identity.identifier_customers values (?, 'another')", [other])
    assert other not in ask("whois", "--type", "loyalty_member", stdin="0900-SECRET\n")[1]
    told = ask("whois", "--type", "loyalty_member", stdin="0900 secret\n")[1]
    assert other in told
    assert IDENTIFIER in told


def test_init_makes_the_secret_once(
    small_home: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from dataclasses import replace

    from dangol.cli import night
    from dangol.id_keys import FILE

    settings = replace(small_home, id_key="")
    monkeypatch.setattr(night, "get_settings", lambda: settings)
    assert main(["init", "--name", "S", "--timezone", "Asia/Seoul", "--currency", "KRW"]) == 0
    file = settings.home / FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    told = capsys.readouterr().out
    assert "back it up" in told
    assert json.loads(file.read_text())["key"] not in told
