"""Compressed files: members that any reader concatenates, and the same bytes everywhere."""

import gzip
import hashlib

import duckdb

from simulator import forms
from simulator.forms import Lines
from simulator.packing import pack

TEXT = "단골마트 10,000원\n" * 1000


def test_bytes_are_those_of_the_library_s_version():
    """Another version may compress differently, and then the same seed gives different files."""
    digest = hashlib.sha256(pack(TEXT.encode())).hexdigest()
    assert digest == "9088c131c0b98d96a58ea01deb8cf0d2304fce5deb1dc739f9ad3c50d89771ac"


def test_pieces_of_a_file_follow_each_other(tmp_path, monkeypatch):
    monkeypatch.setattr(forms, "PACKED_BYTES", 1_000)
    path = tmp_path / "lines.json.gz"
    with duckdb.connect() as connection:
        connection.execute("""
            create table exported as
            select '{"number":' || range || '}' as line from range(5000)
        """)
        Lines(compressed=True).write(connection, ["line"], path, is_first=True)
        Lines(compressed=True).write(connection, ["line"], path, is_first=False)
        read = connection.execute(
            "select count(*), sum(number) from read_json(?)", [str(path)]
        ).fetchone()
    assert path.read_bytes().count(b"\x1f\x8b\x08") > 100
    assert gzip.decompress(path.read_bytes()).count(b"\n") == 10_000
    assert read == (10_000, 4999 * 5000)


def test_a_file_without_rows_is_packed_too(tmp_path):
    path = tmp_path / "nothing.gz"
    with duckdb.connect() as connection:
        connection.execute("create table exported (line varchar)")
        Lines(compressed=True).write(connection, ["line"], path, is_first=True)
    assert path.stat().st_size > 0
    assert gzip.decompress(path.read_bytes()) == b""
