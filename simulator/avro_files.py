"""Avro container files whose records the database encodes: one bytes value per row, not per cell.

The format follows the Avro 1.12 specification: a header with the schema, then uncompressed blocks.
The marker after each block is fixed, so that the same rows give the same bytes.
"""

from __future__ import annotations

import json
from typing import Any

MARKER = b"dangol-simulator"
"""Sixteen bytes after the header and after each block; real ones are random."""

BLOCK_ROWS = 1_000

MACROS = r"""
create or replace temp macro avro_group(number, place) as
    ((number >> (7 * place)) & 127) | 128;
create or replace temp macro avro_groups(number) as case
    when number < 128 then lpad(hex(number), 2, '0')
    when number < 16384 then hex(avro_group(number, 0) * 256 + (number >> 7))
    when number < 2097152 then hex(
        avro_group(number, 0) * 65536 + avro_group(number, 1) * 256 + (number >> 14)
    )
    when number < 268435456 then hex(
        avro_group(number, 0) * 16777216 + avro_group(number, 1) * 65536
        + avro_group(number, 2) * 256 + (number >> 21)
    )
    else hex(
        avro_group(number, 0) * 4294967296 + avro_group(number, 1) * 16777216
        + avro_group(number, 2) * 65536 + avro_group(number, 3) * 256 + (number >> 28)
    )
end;
create or replace temp macro avro_int(number) as
    unhex(avro_groups(if(number < 0, -2 * number - 1, 2 * number)));
create or replace temp macro avro_text(text) as case
    when strlen(text) between 1 and 63 then encode(chr((2 * strlen(text))::integer) || text)
    when strlen(text) = 0 then '\x00'::blob
    when strlen(text) < 8192 then
        unhex(hex(avro_group(2 * strlen(text), 0) * 256 + (strlen(text) >> 6))) || encode(text)
    when text is not null then error('a text of 8,192 bytes or more is not written')
end;
"""
"""32-bit integers as groups of seven bits, lowest first; texts after their length.

Kept short, because the whole expression is planned again for each file.
"""


def record_query(schema: dict[str, Any]) -> str:
    """Write the query that encodes the rows of ``exported``, one bytes value per row.

    Parameters
    ----------
    schema
        A record of strings, ints, booleans, arrays and unions of null and one of these.

    Returns
    -------
    str
        A ``select`` with one column, which needs ``MACROS``. Null if a non-nullable field is null.
    """
    fields = [_encoded(each["type"], f'"{each["name"]}"') for each in schema["fields"]]
    return f"select {_joined(fields)} from exported"


def header(schema: dict[str, Any]) -> bytes:
    """Encode the file's header.

    Returns
    -------
    bytes
        Without a codec name, which means no compression.
    """
    text = json.dumps(schema, separators=(",", ":")).encode()
    key = b"avro.schema"
    # a map of one entry
    entry = _long(1) + _long(len(key)) + key + _long(len(text)) + text + _long(0)
    return b"Obj\x01" + entry + MARKER


def block(records: list[bytes]) -> bytes:
    """Put encoded records into a block.

    Returns
    -------
    bytes
        The block with its counts and marker.
    """
    body = b"".join(records)
    return _long(len(records)) + _long(len(body)) + body + MARKER


def _encoded(kind: Any, value: str) -> str:
    """Write the expression that encodes one value."""
    match kind:
        case "string":
            return f"avro_text({value}::varchar)"
        case "int":
            return f"avro_int({value}::bigint)"
        case "boolean":
            return rf"if({value}::boolean, '\x01'::blob, '\x00'::blob)"
        case ["null", other]:
            some = _encoded(other, value)
            return rf"if({value} is null, '\x00'::blob, '\x02'::blob || {some})"
        case {"type": "array", "items": items}:
            each = f"list_transform({value}, lambda item: {_encoded(items, 'item')})"
            filled = f"avro_int(len({value})) || list_reduce({each}, lambda a, b: a || b)"
            return rf"if(len({value}) = 0, ''::blob, {filled}) || '\x00'::blob"
    raise ValueError(f"Avro's type {kind} is not written here; add it to {__name__}")


def _joined(parts: list[str]) -> str:
    """Concatenate as a balanced tree, which copies each byte a few times, not once per part."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    return f"({_joined(parts[:middle])} || {_joined(parts[middle:])})"


def _long(number: int) -> bytes:
    """Encode a non-negative integer."""
    rest, groups = number << 1, bytearray()
    while rest > 127:
        groups.append(rest & 127 | 128)
        rest >>= 7
    groups.append(rest)
    return bytes(groups)
