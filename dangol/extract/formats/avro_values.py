"""What the values of an Avro schema are in JSON: times and decimals by their logical type."""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import date, datetime, timedelta
from math import isfinite
from typing import Any

from dangol.extract.formats.nested import Native, Number

Converter = Callable[[Any], Any] | None
"""Turns a value as stored into one of JSON; None if it is one already."""

_EPOCH = datetime(1970, 1, 1)
_UNITS = {"millis": 1_000, "micros": 1, "nanos": 0}
_PRIMITIVES = {
    "null": type(None), "boolean": bool, "int": int, "long": int, "float": float, "double": float,
    "bytes": bytes, "string": str, "fixed": bytes, "enum": str, "array": list, "map": dict,
    "record": dict, "error": dict,
}  # fmt: skip


def without_logical_types(schema: Any) -> Any:
    """Return a schema whose values are read as they are stored."""
    if isinstance(schema, list):
        return [without_logical_types(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: value for key, value in schema.items() if key != "logicalType"}
    for key in ("type", "items", "values"):
        if key in kept:
            kept[key] = without_logical_types(kept[key])
    if "fields" in kept:
        kept["fields"] = [without_logical_types(each) for each in kept["fields"]]
    return kept


def shape_of(schema: Any) -> Any:
    """Return an object with all keys that a schema has, and nothing under the last of each path."""
    named: dict[str, Any] = {}

    def shape(schema: Any, space: str, outside: frozenset[str]) -> Any:
        if isinstance(schema, list):
            shapes = [shape(each, space, outside) for each in schema]
            return next((each for each in shapes if each), None)
        if isinstance(schema, str):
            schema = named.get(_full_name(schema, space))
        if not isinstance(schema, dict):
            return None
        if schema["type"] not in ("record", "error"):
            return shape(schema["type"], space, outside)
        name = _full_name(schema["name"], schema.get("namespace", space))
        named[name] = schema
        if name in outside:  # a record in itself
            return None
        inner = name.rpartition(".")[0]
        fields = schema["fields"]
        return {each["name"]: shape(each["type"], inner, outside | {name}) for each in fields}

    return shape(schema, "", frozenset())


class Converters:
    """Makes converters of schemas, of which one may refer to another by name."""

    def __init__(self) -> None:
        self.has_numbers = False
        """Whether one of them makes a `Number`."""
        self._named: dict[str, Any] = {}
        self._made: dict[str, Converter] = {}

    def of(self, schema: Any, space: str = "") -> Converter:
        """Return the converter of a schema."""
        if isinstance(schema, list):
            return self._of_union(schema, space)
        if isinstance(schema, str):
            if schema in _PRIMITIVES:
                return self._of_primitive(schema, {})
            return self._of_name(_full_name(schema, space))
        kind = schema["type"]
        if not isinstance(kind, str) or kind not in _PRIMITIVES:
            return self.of(kind, space)
        if kind in {"record", "error"}:
            return self._of_record(schema, space)
        if kind in {"enum", "fixed"}:
            self._named[_full_name(schema["name"], schema.get("namespace", space))] = schema
        if kind == "array":
            item = self.of(schema["items"], space)
            return item and (lambda values: [item(each) for each in values])
        if kind == "map":
            value = self.of(schema["values"], space)
            return value and (lambda found: {key: value(each) for key, each in found.items()})
        return self._of_primitive(kind, schema)

    def _of_record(self, schema: Any, space: str) -> Converter:
        name = _full_name(schema["name"], schema.get("namespace", space))
        inner = name.rpartition(".")[0]
        fields: list[tuple[str, Callable[[Any], Any]]] = []

        def convert(record: dict[str, Any]) -> dict[str, Any]:
            for key, converter in fields:
                record[key] = converter(record[key])
            return record

        self._made[name] = convert  # a record may contain itself
        self._named[name] = schema
        for field in schema["fields"]:
            if converter := self.of(field["type"], inner):
                fields.append((field["name"], converter))
        return convert

    def _of_name(self, name: str) -> Converter:
        if name in self._made:
            return self._made[name]
        schema = self._named[name]
        return self._of_primitive(schema["type"], schema)

    def _of_primitive(self, kind: str, schema: dict[str, Any]) -> Converter:
        is_decimal = kind in {"bytes", "fixed"} and schema.get("logicalType") == "decimal"
        self.has_numbers = self.has_numbers or kind == "float" or is_decimal
        return _of_primitive(kind, schema)

    def _of_union(self, branches: list[Any], space: str) -> Converter:
        """Choose the branch by the value's type: of two alike, the first."""
        converters: dict[type, Converter] = {}
        for branch in branches:
            converters.setdefault(_PRIMITIVES[self.kind_of(branch, space)], self.of(branch, space))
        useful = {kind: each for kind, each in converters.items() if each}
        if not useful:
            return None

        def convert(value: Any) -> Any:
            converter = useful.get(type(value))
            return converter(value) if converter else value

        return convert

    def kind_of(self, schema: Any, space: str = "") -> str:
        """Return the primitive or complex type of a schema."""
        while not isinstance(schema, str) or schema not in _PRIMITIVES:
            if isinstance(schema, dict):
                schema = schema["type"]
            elif isinstance(schema, str):
                schema = self._named[_full_name(schema, space)]
            else:
                return "null"
        return schema


def _full_name(name: str, space: str | None) -> str:
    return name if "." in name or not space else f"{space}.{name}"


def _of_primitive(kind: str, schema: dict[str, Any]) -> Converter:
    logical = schema.get("logicalType", "")
    if kind in {"bytes", "fixed"}:
        if logical == "decimal":
            scale = int(schema.get("scale", 0))
            return lambda value: _decimal(int.from_bytes(value, "big", signed=True), scale)
        return lambda value: value.decode("utf-8", errors="replace")
    if kind in {"float", "double"}:
        return _short if kind == "float" else _finite
    if kind not in {"int", "long"}:
        return None
    name, _, unit = str(logical).rpartition("-")
    if logical == "date":
        return _date
    if name in {"timestamp", "local-timestamp"} and unit in _UNITS:
        zone = "" if name.startswith("local") else "Z"
        return lambda value: _timestamp(value, unit, zone)
    if name == "time" and unit in _UNITS:
        return lambda value: _timestamp(value, unit, "", is_time=True)
    return None


def _decimal(digits: int, scale: int) -> Number:
    sign, text = "-" if digits < 0 else "", str(abs(digits)).rjust(scale + 1, "0")
    whole, decimals = (text[:-scale], text[-scale:]) if scale else (text, "")
    return Number(f"{sign}{whole}{'.' if decimals else ''}{decimals}")


def _finite(value: float) -> float | str:
    return value if isfinite(value) else str(value)


def _short(value: float) -> float | Number | str:
    """Return a number of 32 bits with as many digits as it needs."""
    if not isfinite(value):
        return str(value)
    for digits in range(6, 10):
        text = f"{value:.{digits}g}"
        if struct.unpack("f", struct.pack("f", float(text)))[0] == value:
            return Number(text)
    return value


def _date(days: int) -> Native | int:
    try:
        return Native((date(1970, 1, 1) + timedelta(days=days)).isoformat())
    except OverflowError:
        return days


def _timestamp(value: int, unit: str, zone: str, *, is_time: bool = False) -> Native | str | int:
    micros = value * _UNITS[unit] if _UNITS[unit] else value // 1_000
    try:
        moment = _EPOCH + timedelta(microseconds=micros)
    except OverflowError:
        return value
    if is_time:
        return moment.time().isoformat()
    return Native(f"{moment.isoformat()}{zone}")
