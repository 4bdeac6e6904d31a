"""Avro files: another library reads the same, and the same rows give the same bytes."""

import itertools
import json

import avro.datafile
import avro.io
import duckdb
import fastavro
import pytest

from simulator.forms import Avro

FIELDS = {
    "text": "string",
    "number": "int",
    "maybe_text": ["null", "string"],
    "maybe_number": ["null", "int"],
    "maybe_flag": ["null", "boolean"],
    "flag": "boolean",
    "maybe_list": ["null", {"type": "array", "items": "string"}],
    "list": {"type": "array", "items": ["null", "string"]},
}
SCHEMA = {
    "type": "record",
    "name": "Thing",
    "namespace": "some.where",
    "fields": [{"name": name, "type": kind} for name, kind in FIELDS.items()],
}
LENGTHS = (0, 1, 62, 63, 64, 65, 126, 127, 128, 1023, 1024, 2730)
NUMBERS = (0, 1, -1, 63, 64, -64, -65, 8191, 8192, -8193, 2**20, 2**27, 2**31 - 1, -(2**31))


def rows():
    """Numbers of every length; nullable and optional values are sometimes null or empty."""
    words = [
        "한글 이메일",
        'O\'Neil "quoted"',
        "back\\slash\nand line",
        "zoë@naver.example",
        "a\x00b",
    ]
    for place, (number, length) in enumerate(itertools.product(NUMBERS, LENGTHS)):
        text = (words[place % 5] * length)[:length]
        yield {
            "text": text,
            "number": number,
            "maybe_text": (text, None)[place % 2],
            "maybe_number": (None, number, number)[place % 3],
            "maybe_flag": (None, True, False, True)[place % 4],
            "flag": place % 7 > 3,
            "maybe_list": (None, [], [text], ["a", text, "b"])[place % 4],
            "list": ([], [None], [text, None, ""])[place % 3],
        }


@pytest.fixture
def exported():
    """A database in which `exported` holds the rows above, twenty times."""
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("""create temp table exported ("text" varchar, "number" bigint,
            maybe_text varchar, maybe_number bigint, maybe_flag boolean, flag boolean,
            maybe_list varchar[], "list" varchar[])""")
        values = [tuple(row.values()) for row in rows()]
        connection.executemany("insert into exported values (?, ?, ?, ?, ?, ?, ?, ?)", values)
        connection.execute(
            "insert into exported select exported.* from exported, range(19) order by range"
        )
        yield connection


def test_both_libraries_read_what_was_meant(exported, tmp_path):
    path, expected = tmp_path / "things.avro", list(rows()) * 20

    Avro(SCHEMA).write(exported, list(FIELDS), path, True)

    with path.open("rb") as file:
        reader = fastavro.reader(file)
        assert list(reader) == expected
        assert json.loads(reader.metadata["avro.schema"]) == SCHEMA
    with avro.datafile.DataFileReader(path.open("rb"), avro.io.DatumReader()) as reader:
        assert list(reader) == expected


def test_blocks_have_a_thousand_records(exported, tmp_path):
    path = tmp_path / "things.avro"
    Avro(SCHEMA).write(exported, list(FIELDS), path, True)

    with path.open("rb") as file:
        blocks = [block.num_records for block in fastavro.block_reader(file)]

    assert blocks == [1_000, 1_000, 1_000, 360]


def test_same_rows_are_same_bytes(exported, tmp_path):
    first, second = tmp_path / "first.avro", tmp_path / "second.avro"
    Avro(SCHEMA).write(exported, list(FIELDS), first, True)
    Avro(SCHEMA).write(exported, list(FIELDS), second, True)

    assert first.read_bytes() == second.read_bytes()


def test_a_file_without_rows_is_a_header(exported, tmp_path):
    exported.execute("delete from exported")

    Avro(SCHEMA).write(exported, list(FIELDS), tmp_path / "none.avro", True)

    with (tmp_path / "none.avro").open("rb") as file:
        assert list(fastavro.reader(file)) == []


def test_mistakes_of_a_query_are_reported(exported, tmp_path):
    form, path = Avro(SCHEMA), tmp_path / "things.avro"

    with pytest.raises(ValueError, match="in one piece"):
        form.write(exported, list(FIELDS), path, False)
    with pytest.raises(ValueError, match="are not the fields"):
        form.write(exported, list(reversed(FIELDS)), path, True)
    exported.execute('update exported set "text" = null where "number" = 64')
    with pytest.raises(TypeError, match="must be string on field text"):
        form.write(exported, list(FIELDS), path, True)
