"""A company's own expectations: SQL files in ``expectations/<gate>/`` of its own folder.

Each file is a query for the rows that violate it, under comments that declare it::

    -- no order of a guest is above a million won
    -- why: the shop asks for a member's card above that
    -- severity: warning
    -- do: ask the shop how it was paid
    -- needs: order_lines
    select order_id, net_amount
    from cleaned.order_lines
    where identifier_value is null and net_amount > 1000000

``needs`` is optional. A file that can't be used is told with its line, and stops nothing; the
others are evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from dangol import layers
from dangol.errors import DangolError
from dangol.model_facts import strategies
from dangol.settings import Settings
from expectations.vocabulary import CRITICAL, WARNING, Expectation, Severity, no_rows

FOLDER = "expectations"

_SEVERITIES: dict[str, Severity] = {"critical": CRITICAL, "warning": WARNING}
_REQUIRED = ("why", "severity", "do")
_KEYS = (*_REQUIRED, "needs")
_FILE_NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
_LINE = re.compile(r"\n\nLINE (\d+):")


class OwnExpectationError(DangolError):
    """A company's expectation can't be used; the message names file and line and says why."""


@dataclass(frozen=True)
class OwnExpectation:
    """One file of a company.

    Parameters
    ----------
    file
        Where it is, from the company's folder on, as shown in messages.
    text
        The whole file.
    expectation
        That no row comes out of ``view``.
    view
        The temporary view that stands for the query.
    """

    file: str
    text: str
    expectation: Expectation
    view: str


def own_expectations(
    settings: Settings, gate: str
) -> tuple[list[OwnExpectation], list[OwnExpectationError]]:
    """Read a company's expectations of one gate.

    Parameters
    ----------
    gate
        One of `dangol.layers.GATES`. The first also tells of files that belong to no gate.

    Returns
    -------
    tuple of (list of OwnExpectation, list of OwnExpectationError)
        By file name; and what is wrong with the others.
    """
    company = settings.company_folder
    folder = company / FOLDER
    read: list[OwnExpectation] = []
    problems = _misplaced(company) if gate == layers.GATES[0] else []
    for file in sorted(folder.glob(f"{gate}/*.sql")):
        try:
            read.append(_read(file, _shown(company, file)))
        except OwnExpectationError as error:
            problems.append(error)
    return read, problems


def lay_views(
    connection: duckdb.DuckDBPyConnection, own: Iterable[OwnExpectation]
) -> list[tuple[OwnExpectation, OwnExpectationError]]:
    """Create the views of a company's queries.

    Returns
    -------
    list of tuple of (OwnExpectation, OwnExpectationError)
        Those whose query does not fit the tables, such as one that names an unknown column.
    """
    broken = []
    for each in own:
        try:
            # one line before the file's own, so that its lines are those of the error less one
            connection.execute(f"create or replace temp view {each.view} as\n{each.text}")
        except duckdb.Error as error:
            broken.append((each, _explained(each.file, error, lines_before=1)))
    return broken


def _shown(company: Path, file: Path) -> str:
    return f"{company.name}/{file.relative_to(company).as_posix()}"


def _misplaced(company: Path) -> list[OwnExpectationError]:
    folder = company / FOLDER
    return [
        OwnExpectationError(
            f"{_shown(company, file)}: no gate reads it; put it into a folder of {FOLDER}/ that is "
            f"named as the gate: {', '.join(layers.GATES)}"
        )
        for file in sorted(folder.rglob("*.sql"))
        if file.parent.parent != folder or file.parent.name not in layers.GATES
    ]


def _read(file: Path, shown: str) -> OwnExpectation:
    if not _FILE_NAME.fullmatch(file.stem):
        raise OwnExpectationError(
            f"{shown}: its name must be lower-case letters, digits and underscores"
        )
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise OwnExpectationError(f"{shown}:{line}: it is not UTF-8") from error
    except OSError as error:
        raise OwnExpectationError(f"{shown} can't be read: {error.strerror}") from error
    told = _declared(shown, text)
    _need_one_select(shown, text)
    view = f"own_{file.parent.name}_{file.stem}"
    expectation = no_rows(
        table=f"temp.{view}",
        sentence=told["sentence"],
        query=f"select * from temp.{view}",  # noqa: S608 - the name was checked
        because=told["why"],
        advice=told["do"],
        severity=_SEVERITIES[told["severity"]],
        needs=tuple(re.findall(r"\w+", told.get("needs", ""))),
    )
    return OwnExpectation(shown, text, replace(expectation, declared_in=shown), view)


def _declared(file: str, text: str) -> dict[str, str]:
    """Read the comments at the top: a sentence, then one text per key."""
    told = {"sentence": ""}
    lines: dict[str, int] = {}
    key = "sentence"
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.startswith("--"):
            break
        comment = line.removeprefix("--").strip()
        if match := re.fullmatch(r"([a-z]+):\s*(.*)", comment):
            key, comment = match[1], match[2]
            if key not in _KEYS:
                raise OwnExpectationError(
                    f"{file}:{number}: {key} is unknown; use {', '.join(_KEYS)}"
                )
            if key in lines:
                raise OwnExpectationError(f"{file}:{number}: {key} is given twice")
            lines[key] = number
        told[key] = f"{told.get(key, '')} {comment}".strip()
    if not told["sentence"]:
        raise OwnExpectationError(
            f"{file}:1: it must open with a comment that says what must be true"
        )
    if missing := [each for each in _REQUIRED if not told.get(each)]:
        raise OwnExpectationError(
            f"{file}:{max(lines.values(), default=1)}: a comment such as -- {missing[0]}: … is "
            f"missing; it needs {', '.join(_REQUIRED)}"
        )
    if told["severity"] not in _SEVERITIES:
        raise OwnExpectationError(
            f"{file}:{lines['severity']}: severity is {told['severity']!r}; it must be "
            f"{' or '.join(_SEVERITIES)}"
        )
    for entity in re.findall(r"\w+", told.get("needs", "")):
        if entity not in strategies():
            raise OwnExpectationError(
                f"{file}:{lines['needs']}: there is no entity {entity}; they are "
                f"{', '.join(strategies())}"
            )
    return told


def _need_one_select(file: str, text: str) -> None:
    try:
        statements = duckdb.extract_statements(text)
    except duckdb.Error as error:
        raise _explained(file, error) from error
    if [each.type for each in statements] != [duckdb.StatementType.SELECT]:
        raise OwnExpectationError(f"{file}: it must be one query, which selects what is wrong")


def _explained(file: str, error: duckdb.Error, lines_before: int = 0) -> OwnExpectationError:
    """Say what DuckDB says, with the file's line."""
    text = str(error)
    found = _LINE.search(text)
    place = f"{file}:{int(found[1]) - lines_before}" if found else file
    return OwnExpectationError(f"{place}: {text.splitlines()[0]}")


def problems_of(settings: Settings) -> Sequence[OwnExpectationError]:
    """Return what can be said to be wrong before a night runs."""
    return [error for gate in layers.GATES for error in own_expectations(settings, gate)[1]]
