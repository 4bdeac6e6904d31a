"""Commands about published ids: ``whois`` and ``rotate-ids``."""

from __future__ import annotations

import argparse
import getpass
import sys
from typing import Any

from dangol.cli.arguments import Commands, add_command
from dangol.cli.terminal import show, show_table
from dangol.errors import UsageError
from dangol.home import need_home
from dangol.settings import get_settings
from dangol.tables import escaped

MASK = "***"


def add_commands(commands: Commands[Any]) -> None:
    """Add this module's commands."""
    whois = add_command(
        commands, "whois", "say whom a published id stands for, or find somebody's published ids",
        _whois,
        ["dangol whois 0c31f7a2b4d86e905a1b2c3d4e5f6071", "dangol whois --reveal -",
         "dangol whois --type email"],
        "Answers are masked unless --reveal. With --type, it finds the published ids of an"
        " identifier, which is asked for or read from standard input, never given as an argument."
        " Each question is logged in ops/whois.jsonl with the account that asks.",
    )  # fmt: skip
    whois.add_argument("id", nargs="?", help="of a customer, identifier, message or response; -"
                       " reads it from standard input")  # fmt: skip
    whois.add_argument("--type", help="of an identifier to look up, such as email")
    whois.add_argument("--reveal", action="store_true", help="show what the systems call them")
    rotate = add_command(
        commands, "rotate-ids", "replace the secret of published ids", _rotate,
        ["dangol rotate-ids", "dangol rotate-ids --former", "dangol rotate-ids --lost"],
        "The next night rebuilds everything and publishes, once, which old id is which new one"
        " (ops.rotated_ids).",
    )  # fmt: skip
    how = rotate.add_mutually_exclusive_group()
    how.add_argument(
        "--former", action="store_true",
        help="the secret is another one already: ask for the former, or read it from standard"
        " input",
    )  # fmt: skip
    how.add_argument(
        "--lost", action="store_true",
        help="the former secret is lost: go on with other ids, without saying which was which",
    )  # fmt: skip


def _whois(given: argparse.Namespace) -> None:
    from dangol.whois import ids_of, whois

    if bool(given.type) == bool(given.id) or (given.type and given.reveal):
        raise UsageError(
            "give either a published id, such as `dangol whois 0c31…`, or the type of an "
            "identifier, such as `dangol whois --type email`, which then asks for its "
            "value"
        )
    if given.type:
        found = ids_of(need_home(get_settings()), given.type, _asked(f"{given.type}: "))
        rows = [[each.identifier_id, each.customer_id] for each in found]
        show_table(["identifier_id", "customer_id"], rows)
        return
    published_id = _asked("published id: ") if given.id == "-" else given.id
    people = whois(need_home(get_settings()), published_id, given.reveal)
    show_table(
        ["type", "identifier", "identifier_id", "customer_id"],
        ([each.identifier_type, each.identifier_value if given.reveal else MASK,
          each.identifier_id, each.customer_id] for each in people),
    )  # fmt: skip


def _rotate(given: argparse.Namespace) -> None:
    from dangol.id_rotation import rotate
    from dangol.nightly.lock import hold_home

    settings = need_home(get_settings())
    former = _asked("the former secret, 64 hexadecimal digits: ") if given.former else None
    with hold_home(settings, "dangol rotate-ids"):
        file = rotate(settings, former, given.lost)
    show(
        f"wrote {file}: the next night rebuilds everything with other ids"
        + ("" if given.lost else ", and says in ops.rotated_ids which was which")
        + ". Back up the file."
    )


def _asked(prompt: str) -> str:
    """Return a value that must be in no argument: typed without echo, or a line of a pipe."""
    if sys.stdin.isatty():
        return getpass.getpass(escaped(prompt)).strip()
    return sys.stdin.readline().strip()
