"""Reads samples once, every value as text, with the extractor itself.

The rows go through a contract that names none of their columns, so that each row keeps all its
values under the file's own names. They stay in a home that is removed at the end.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import yaml

from dangol import ledger
from dangol.build.warehouse import open_memory
from dangol.drafting.meanings import known_meaning
from dangol.drafting.rehearsal import rehearse
from dangol.drafting.samples import SampleError
from dangol.extract.quarantine import quarantined_rows
from dangol.extract.stream import extract_stream
from dangol.files import private_folder
from dangol.ledger import Load
from dangol.settings import Settings

_DEEPEST = 5
_PERSON = re.compile(r"[A-Z][a-z]+(?: [A-Z][a-z]+){1,2}|[가-힣]{2,4}")
_MOST_KEYS = 300


@dataclass(frozen=True)
class Profile:
    """The rows of samples: a table ``sample`` of ``_file``, ``_row``, ``c0``, ``c1`` and so on.

    Parameters
    ----------
    connection
        In memory. Values are texts, null where there is none.
    headers
        The file's own names of the columns; of nested records, paths.
    lists
        Those of them whose values are lists or objects, as JSON.
    rows
        How many there are.
    loads
        What the extractor says of each file.
    bad_rows
        Why rows could not be read, with their number.
    padding
        Columns without a name, and how many rows have a value there.
    """

    connection: duckdb.DuckDBPyConnection
    headers: tuple[str, ...]
    lists: frozenset[str]
    rows: int
    loads: tuple[Load, ...]
    bad_rows: dict[str, int]
    padding: dict[str, int]

    def one(self, query: str, parameters: Sequence[Any] = ()) -> tuple[Any, ...]:
        """Return the only row of a query's result."""
        (row,) = self.connection.execute(query, list(parameters)).fetchall()
        return tuple(row)


@contextmanager
def profiled(
    settings: Settings,
    system: str,
    files: Sequence[Path],
    properties: Mapping[str, Any],
) -> Iterator[Profile]:
    """Read samples.

    Parameters
    ----------
    properties
        How they are named and written, as custom properties of a contract.

    Yields
    ------
    Profile
        Of their rows.

    Raises
    ------
    SampleError
        If a file can't be read, or there are no rows.
    """
    with tempfile.TemporaryDirectory(prefix="dangol-") as temporary:
        folder = private_folder(Path(temporary) / system)
        (folder / "contract.yml").write_text(_contract(system, properties), encoding="utf-8")
        with rehearse(settings, folder, files) as rehearsal:
            tried = rehearsal.settings
            extract_stream(tried, rehearsal.night, system, "sample")
            loads = ledger.read_ledger(tried)
            raw = [str(tried.home / load.raw_file) for load in loads if load.raw_file]
            bad: dict[str, int] = {}
            for row in quarantined_rows(tried):
                bad[row["reason"]] = bad.get(row["reason"], 0) + 1
            _refuse(loads, bad)
            with open_memory(tried) as connection:
                connection.execute(
                    "create table records as select row_number() over () as n, _file, _row,"
                    " cast(_extra as json) as _extra"
                    " from read_parquet(?, hive_partitioning = false)",
                    [sorted(set(raw))],
                )
                yield _profile(connection, loads, bad)


def _contract(system: str, properties: Mapping[str, Any]) -> str:
    given = {**properties, "rowIdentity": "place", "delivery": "append"}
    return yaml.safe_dump(
        {
            "apiVersion": "v3.1.0", "kind": "DataContract", "id": system, "version": "1.0.0",
            "status": "active",
            "schema": [{
                "name": "sample",
                "customProperties": [
                    {"property": name, "value": value} for name, value in given.items()
                ],
                "properties": [{"name": "none_of_them", "physicalName": "\u2205"}],
            }],
        },
        allow_unicode=True,
    )  # fmt: skip


def _refuse(loads: Sequence[Load], bad: Mapping[str, int]) -> None:
    for load in loads:
        if load.reason.startswith("it has a header and no rows"):
            raise SampleError(f"{load.file} has a header and no rows: a sample needs some rows")
        if load.status in {ledger.REJECTED, ledger.WAITING}:
            raise SampleError(f"{load.file}: {load.reason}")
    if not any(load.rows_loaded for load in loads):
        if bad:
            most = max(bad, key=lambda reason: bad[reason])
            raise SampleError(
                f"the samples have no row that can be read: of {bad[most]:,} rows, {most}. Ask for "
                "the export again, as the system itself writes it"
            )
        raise SampleError(
            "the samples have no row that can be read: a sample needs a header and some rows"
        )


def _profile(
    connection: duckdb.DuckDBPyConnection, loads: Sequence[Load], bad: dict[str, int]
) -> Profile:
    paths, nested = _paths(connection, ())
    if _are_values(paths):
        raise SampleError(
            "the keys of the records look like values (ids, addresses), not like names of columns:"
            " ask for records with the same keys"
        )
    named = [path for path in paths if not _is_padding(path)]
    padding = {
        path[0]: connection.execute(
            f"select count(*) from records where {_value(path)} is not null"
        ).fetchall()[0][0]
        for path in paths
        if _is_padding(path)
    }
    listed = "".join(f", {_value(path)} as c{place}" for place, path in enumerate(named))
    connection.execute(f"create table sample as select n, _file, _row{listed} from records")
    connection.execute("drop table records")
    ((rows,),) = connection.execute("select count(*) from sample").fetchall()
    return Profile(
        connection,
        tuple(".".join(path) for path in named),
        frozenset(".".join(path) for path in nested),
        rows,
        tuple(loads),
        bad,
        padding,
    )


def _is_padding(path: tuple[str, ...]) -> bool:
    return len(path) == 1 and path[0].startswith("column ") and path[0][7:].isdigit()


def _paths(
    connection: duckdb.DuckDBPyConnection, prefix: tuple[str, ...]
) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """Return the paths of all values, and those of lists and of objects that are kept whole."""
    place = _json_path(prefix)
    keys = connection.execute(
        """
        select key from (
            select unnest(json_keys(_extra, $p)) as key,
                generate_subscripts(json_keys(_extra, $p), 1) as i, n
            from records where json_type(_extra, $p) = 'OBJECT'
        )
        group by key order by min(n * 100000 + i)
        """.replace("$p", _literal(place))
    ).fetchall()
    found: list[tuple[str, ...]] = []
    nested: list[tuple[str, ...]] = []
    for (key,) in keys:
        path = (*prefix, key)
        if '"' in key:
            continue
        kinds = {
            kind
            for (kind,) in connection.execute(
                f"select distinct json_type(_extra, {_literal(_json_path(path))}) from records"
            ).fetchall()
            if kind not in {None, "NULL"}
        }
        if kinds == {"OBJECT"} and len(path) < _DEEPEST:
            inner, lists = _paths(connection, path)
            below = [each[len(path) :] for each in inner]
            if inner and len(inner) <= _MOST_KEYS and not _are_values(below, maybe_names=True):
                found += inner
                nested += lists
                continue
        if kinds & {"OBJECT", "ARRAY"}:
            nested.append(path)
        found.append(path)
    return found, nested


def _are_values(paths: Sequence[tuple[str, ...]], *, maybe_names: bool = False) -> bool:
    """Return whether keys are data, such as ids or addresses, and no names of columns.

    Parameters
    ----------
    maybe_names
        Whether they may be names of people.

    Returns
    -------
    bool
        In doubt, true for what looks like people.
    """
    keys = {key for path in paths for key in path}
    if maybe_names and not any(map(known_meaning, keys)):
        people = sum(bool(_PERSON.fullmatch(path[0])) for path in paths)
        if people * 2 > len(paths):
            return True
    if any(re.search(r"\S@\S+\.\S|\d{3,4}[- ]\d{4}$", key) for key in keys):
        return True
    return sum(sum(map(str.isdigit, key)) > 4 for key in keys) * 2 > len(keys)


def _json_path(path: tuple[str, ...]) -> str:
    return "$" + "".join(f'."{key}"' for key in path)


def _value(path: tuple[str, ...]) -> str:
    return f"nullif(json_extract_string(_extra, {_literal(_json_path(path))}), '')"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
