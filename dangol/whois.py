"""Finds whom a published id stands for, and the published id of somebody; each question is logged.

The answers come from the build file, which has both. What is logged, in ``ops/whois.jsonl``, is who
asked about which published id and whether the answer was shown, never the answer. A question
without an answer is logged too: many of them are somebody trying numbers.
"""

from __future__ import annotations

import json
import os
import pwd
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import duckdb

from dangol.build.warehouse import WarehouseError, open_build
from dangol.errors import DangolError
from dangol.files import private_folder
from dangol.id_keys import ID_LENGTH
from dangol.settings import Settings

LOG = "whois.jsonl"


class WhoisError(DangolError):
    """Nobody was found, or the question can't be logged; the message says why."""


@dataclass(frozen=True)
class Found:
    """Somebody whom a system knows.

    Parameters
    ----------
    identifier_type
        What kind of identifier, such as ``email``.
    identifier_value
        What the system calls them: personal data.
    identifier_id, customer_id
        Their published ids.
    """

    identifier_type: str
    identifier_value: str = field(repr=False)
    identifier_id: str
    customer_id: str


_PEOPLE = (
    "select identifier_type, identifier_value, identifier_id, customer_id"
    " from identity.identifiers inner join identity.identifier_customers using (identifier_id)"
)
_OF_ID = f"""
    {_PEOPLE} where $id in (identifier_id, customer_id)
        or (identifier_type, identifier_value) in (
            select (identifier_type, identifier_value) from cleaned.int_messages_received
            where message_id = $id
            union
            select (identifier_type, identifier_value) from cleaned.int_campaign_responses_received
            where response_id = $id
        )
    order by identifier_type, identifier_value
"""
_LETTERS_AND_DIGITS = "regexp_replace(lower({0}), '[^\\pL\\pN]', '', 'g')"
_OF_VALUE = f"""
    with asked as (
        select {_LETTERS_AND_DIGITS.format("$value")} as bare, starts_with($value, '+') as is_abroad
    ),
    people as (
        select *, {_LETTERS_AND_DIGITS.format("identifier_value")} as their_bare,
            starts_with(identifier_value, '+') as theirs_is_abroad
        from ({_PEOPLE}) where identifier_type = $kind
    )
    select people.* exclude (their_bare, theirs_is_abroad) from people, asked
    where identifier_value = $value or bare = their_bare and bare <> '' or (
        is_abroad <> theirs_is_abroad
        and length(ltrim(if(is_abroad, their_bare, bare), '0')) >= 8
        and ends_with(if(is_abroad, bare, their_bare), ltrim(if(is_abroad, their_bare, bare), '0'))
    )
    qualify identifier_value = $value or not bool_or(identifier_value = $value) over ()
    order by identifier_value
"""
"""Exactly the value, or else what differs from it in signs, or by the country's code."""


def whois(settings: Settings, published_id: str, is_shown: bool) -> list[Found]:
    """Find whom a published id stands for: of a customer, an identifier, a message or a response.

    Parameters
    ----------
    is_shown
        Whether the caller will show the values; this is logged.

    Returns
    -------
    list of Found
        The identifiers of a customer, by type and value.

    Raises
    ------
    WhoisError
        If there is none, or the question can't be logged.
    """
    found = _ask(settings, _OF_ID, {"id": published_id})
    is_id = re.fullmatch(f"[0-9a-f]{{{ID_LENGTH}}}", published_id) is not None
    how = ("revealed" if is_shown else "masked") if found else "nobody found"
    _log(settings, [published_id if is_id else "not a published id"], how)
    if not found:
        raise WhoisError(
            f"the build file has no customer, identifier, message or response {published_id!r}: is "
            "it from before a rotation (ops.rotated_ids), or of another home?"
            if is_id
            else f"a published id is {ID_LENGTH} digits 0-9, a-f; to find somebody's, use"
            " `dangol whois --type TYPE`, which asks for the value"
        )
    return found


def ids_of(settings: Settings, kind: str, value: str) -> list[Found]:
    """Find the published ids of somebody.

    Parameters
    ----------
    kind
        The type of the identifier.
    value
        What the system calls them; no message quotes it.

    Returns
    -------
    list of Found
        Of exactly this identifier; without one, of those that are written in another way, such as
        a phone number with its country's code.

    Raises
    ------
    WhoisError
        If no system has named it, or the question can't be logged.
    """
    found = _ask(settings, _OF_VALUE, {"kind": kind, "value": value})
    ids = [each for person in found for each in (person.identifier_id, person.customer_id)]
    _log(settings, ids, "looked up by value" if found else "nobody found by value")
    if not found:
        query = "select distinct identifier_type from identity.identifiers order by all"
        with open_build(settings, read_only=True) as build:
            kinds = [each for (each,) in build.execute(query).fetchall()]
        raise WhoisError(
            f"no system has named this identifier of the type {kind!r}, as it is written in "
            f"identity.identifiers; the types are {', '.join(map(str, kinds)) or 'none yet'}"
        )
    return found


def _ask(settings: Settings, query: str, values: dict[str, str]) -> list[Found]:
    if not settings.build_file.exists():
        raise WhoisError(f"{settings.build_file} is missing: run a night first")
    try:
        with open_build(settings, read_only=True) as build:
            return [Found(*row) for row in build.execute(query, values).fetchall()]
    except duckdb.CatalogException as error:
        raise WarehouseError("the build file is not complete: run a night first") from error


def _log(settings: Settings, ids: Sequence[str], how: str) -> None:
    """Append a line to the log, which is on disk before anything is shown."""
    line = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "account": _account(),
        "ids": list(ids),
        "how": how,
    }
    file = private_folder(settings.ops) / LOG
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "ab") as stream:
            stream.write(json.dumps(line).encode() + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        raise WhoisError(
            f"{file} can't be written ({error.strerror}), and nothing is shown without a record"
        ) from error


def _account() -> str:
    """Return the account that asks, as the operating system knows it."""
    user = os.getuid()
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:  # a container may run under a number without a name
        return str(user)
