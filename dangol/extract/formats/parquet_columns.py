"""The columns of a Parquet file as texts, in SQL, by the types that they have in it.

Columns and fields are read by position; their names are bound, so none enters SQL.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from dangol.contracts.model import Column, Format, Stream
from dangol.extract.formats.nested import MISSING, Picker
from dangol.extract.number_texts import literal
from dangol.extract.values import NATIVE

_TIMES = {"DATE", "TIMESTAMP"}
_NESTED = {"struct", "list", "map", "array", "union", "variant"}
_NUMBERS = {
    "tinyint", "smallint", "integer", "bigint", "hugeint", "utinyint", "usmallint", "uinteger",
    "ubigint", "uhugeint", "decimal", "float", "double",
}  # fmt: skip


class Field(NamedTuple):
    """A column, or a field of one, that is no object.

    Parameters
    ----------
    sql
        Its value.
    type_id
        DuckDB's name of its type, without parameters.
    """

    sql: str
    type_id: str


class Struct(dict[str, Any]):
    """An object: from the name of each of its fields to a `Field` or a `Struct`.

    Parameters
    ----------
    sql
        Its value.
    """

    def __init__(self, sql: str) -> None:
        super().__init__()
        self.sql = sql
        self.type_id = "struct"


def shape_of(names: Sequence[str], types: Sequence[Any]) -> Struct:
    """Return the columns of a file as an object.

    Parameters
    ----------
    types
        DuckDB's types.

    Returns
    -------
    Struct
        In the file's order.
    """
    shape = Struct("")
    for place, (name, sql_type) in enumerate(zip(names, types, strict=True)):
        shape[name] = _field(f"f{place}", sql_type)
    return shape


def _field(sql: str, sql_type: Any) -> Field | Struct:
    if sql_type.id != "struct":
        return Field(sql, str(sql_type.id))
    struct = Struct(sql)
    for place, (name, inner) in enumerate(sql_type.children, 1):
        struct[name] = _field(f"struct_extract_at({sql}, {place})", inner)
    return struct


def texts(shape: Struct, stream: Stream) -> tuple[list[str], list[str], str, list[str]]:
    """Return the columns of a stream as texts.

    Returns
    -------
    tuple of (list of str, list of str, str, list of str)
        In SQL: the text of each column; when it is an object or a list, ``true`` or ``false``;
        what belongs to no column, as JSON. And the values of its parameters.
    """
    values, rest = Picker(stream.columns).pick(shape)
    found = [
        "null::varchar" if value is MISSING else _text(value, column, stream.format)
        for value, column in zip(values, stream.columns, strict=True)
    ]
    are_nested = [
        str(value is not MISSING and value.type_id in _NESTED).lower() for value in values
    ]
    if not rest:
        return found, are_nested, "null::varchar", []
    extra, keys = as_json(rest)
    return found, are_nested, extra, keys


def as_json(shape: dict[str, Any]) -> tuple[str, list[str]]:
    """Return the SQL of an object as JSON text.

    It is put together from texts: DuckDB reads JSON in JSON anew, and numbers with all their digits
    would become doubles.

    Returns
    -------
    tuple of (str, list of str)
        The SQL, and the values of its parameters: the keys.
    """
    keys: list[str] = []

    def parts(inner: dict[str, Any]) -> Iterator[str]:
        for name, value in inner.items():
            mark = "," if keys else ""
            keys.append(f"{mark}{json.dumps(name, ensure_ascii=False)}:")
            yield f"?, {value_of(value)}"

    def value_of(value: Any) -> str:
        if isinstance(value, Struct):
            return _as_text(value.sql)
        if isinstance(value, dict):
            return text_of(value)
        if value.type_id == "blob":
            return _as_text(_decoded(value.sql))
        if value.type_id == "float":  # as short as it was
            return _as_text(f"cast(cast({value.sql} as varchar) as double)")
        return _as_text(value.sql)

    def text_of(inner: dict[str, Any]) -> str:
        outside, keys[:] = keys[:], []
        listed = ", ".join(parts(inner))
        keys[:] = outside + keys
        return f"concat('{{', {listed}, '}}')"

    return text_of(shape), keys


def _as_text(sql: str) -> str:
    return f"coalesce(cast(to_json({sql}) as varchar), 'null')"


def _text(value: Field | Struct, column: Column, form: Format) -> str:
    sql, kind = value.sql, value.type_id
    if kind == "varchar":
        return sql
    if kind == "blob":
        return _decoded(sql)
    if kind in _NESTED:
        return f"cast(to_json({sql}) as varchar)"
    text = f"cast({sql} as varchar)"
    if kind in _NUMBERS:
        is_number = column.sql_type not in {"VARCHAR", *_TIMES}
        if form.decimal_mark != "." and is_number:
            text = f"replace({text}, '.', {literal(form.decimal_mark)})"
        return text
    if kind == "date" or kind.startswith("timestamp"):
        if kind == "timestamp with time zone":
            text = f"cast(timezone('UTC', {sql}) as varchar) || 'Z'"
        elif kind != "date":
            text = f"coalesce(cast(try_cast({sql} as timestamp) as varchar), {text})"
        text = f"replace({text}, ' ', 'T')"
        return f"chr({ord(NATIVE)}) || {text}" if column.sql_type in _TIMES else text
    return text


def _decoded(sql: str) -> str:
    """Return the SQL of bytes as text: what is not UTF-8 is a lost character."""
    return f"case when {sql} is not null then coalesce(try(decode({sql})), chr(65533)) end"
