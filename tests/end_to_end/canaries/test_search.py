"""The search finds a value in every writing and inside every kind of file."""

import base64
import gzip
import hashlib
import html
import io
import json
import sqlite3
import unicodedata
import zipfile
import zlib
from urllib.parse import quote

import duckdb
import pytest

from tests.end_to_end.canaries import kinds, search

VALUES = {**kinds.PERSONAL, "a name of a file": kinds.FILE_NAME}
SECRET = hashlib.sha256(b"a secret").digest()


@pytest.fixture
def searcher():
    needles = {kind: search.writings(value) for kind, value in VALUES.items()}
    needles["secret"] = search.writings_of_bytes(SECRET)
    return search.Searcher(needles, search.hashes("club_member:p7"))


def found_in(searcher, tmp_path, content, name="file.bin"):
    file = tmp_path / name
    file.write_bytes(content)
    return {what for what, _ in searcher.hits_in_file(file)}


WRITTEN = {
    "as it is": lambda text: text.encode(),
    "decomposed": lambda text: unicodedata.normalize("NFD", text).encode(),
    "UTF-16": lambda text: text.encode("utf-16"),
    "UTF-16, big-endian": lambda text: text.encode("utf-16-be"),
    "CP949": lambda text: text.encode("cp949"),
    "upper case": lambda text: text.upper().encode(),
    "lower case": lambda text: text.lower().encode(),
    "JSON": lambda text: json.dumps({"key": f"a {text} b"}).encode(),
    "JSON as it is": lambda text: json.dumps([text], ensure_ascii=False).encode(),
    "JSON in JSON": lambda text: json.dumps([json.dumps([text])]).encode(),
    "Python": lambda text: repr({"key": text}).encode(),
    "Python in ASCII": lambda text: ascii([text]).encode(),
    "URL": lambda text: f"https://example.com/{quote(text, safe='')}?x".encode(),
    "HTML": lambda text: html.escape(text).encode(),
    "hex": lambda text: text.encode().hex().encode(),
    **{
        f"base64 after {place} bytes": lambda text, place=place: base64.b64encode(
            b"x" * place + text.encode() + b" and more"
        )
        for place in range(4)
    },
    "base64 of URLs": lambda text: base64.urlsafe_b64encode(text.encode() + b" and more"),
    "mistaken for Latin-1": lambda text: text.encode().decode("latin-1").encode(),
    "gzip": lambda text: gzip.compress(text.encode()),
    "zlib": lambda text: zlib.compress(text.encode()),
    "zip in zip": lambda text: _zip(_zip(gzip.compress(text.encode()))),
}


def _zip(content):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner", content)
    return file.getvalue()


@pytest.mark.parametrize("way", WRITTEN)
def test_a_value_is_found_however_it_is_written(searcher, tmp_path, way):
    missed = {
        kind
        for kind, value in VALUES.items()
        if kind not in found_in(searcher, tmp_path, b"-- " + WRITTEN[way](value)
                                if "z" not in way else WRITTEN[way](value))
    }  # fmt: skip
    assert missed == set()


def test_digits_are_found_without_what_groups_them(searcher, tmp_path):
    for kind in ("telephone number", "resident number", "card number", "bank account"):
        digits = VALUES[kind].replace("-", "")
        assert kind in found_in(searcher, tmp_path, f"number={digits}5".encode())


def test_bytes_of_a_secret_are_found_however_they_are_written(searcher, tmp_path):
    for content in (
        SECRET, SECRET.hex().encode(), SECRET.hex().upper().encode(), base64.b64encode(SECRET),
        repr(SECRET).encode(), "".join(f"\\x{byte:02X}" for byte in SECRET).encode(),
        str(list(SECRET)).encode(), base64.b64encode(b"k" + SECRET),
    ):  # fmt: skip
        assert "secret" in found_in(searcher, tmp_path, b"key: " + content)


def test_hashes_are_found(searcher, tmp_path):
    for name in ("md5", "sha1", "sha256"):
        digest = hashlib.new(name, b"club_member:p7").digest()
        for content in (digest.hex()[:32], digest.hex().upper(), base64.b64encode(digest).decode()):
            assert found_in(searcher, tmp_path, f"id '{content}'".encode()) == {search.HASH}
    assert found_in(searcher, tmp_path, hashlib.sha256(b"other").hexdigest().encode()) == set()


def test_values_inside_tables_are_found(searcher, tmp_path):
    value = VALUES["free text"]
    with duckdb.connect(tmp_path / "tables.duckdb") as connection:
        connection.execute(
            "create schema s; create table s.t (a varchar, b date, c struct(d text))"
        )
        connection.execute("insert into s.t values (repeat(?, 50), '1907-11-23', null)", [value])
        connection.execute("insert into s.t values (null, null, {'d': ?})", [VALUES["city"]])
        connection.execute(f"copy s.t to '{tmp_path}/t.parquet' (compression zstd)")
        connection.execute("create table s.u (a text)")
        connection.execute(f"comment on table s.u is '{VALUES['postal code']}'")
    with sqlite3.connect(tmp_path / "airflow.db") as connection:
        connection.execute("create table x (a, b, c)")
        row = [value, 1, zlib.compress(VALUES["city"].encode())]
        connection.execute("insert into x values (?, ?, ?)", row)
    connection.close()

    def found(name):
        return {what for what, _ in searcher.hits_in_file(tmp_path / name)}

    assert found("t.parquet") == {"free text", "date of birth", "city"}
    assert found("tables.duckdb") == {"free text", "date of birth", "city", "postal code"}
    assert found("airflow.db") == {"free text", "city"}


def test_names_of_files_folders_and_links_are_searched(searcher, tmp_path):
    (tmp_path / kinds.FILE_NAME).mkdir()
    (tmp_path / f"{VALUES['city']}.txt").touch()
    (tmp_path / "link").symlink_to(f"/nowhere/{VALUES['postal code']}")
    found = {str(path): {what for what, _ in hits}
             for path, hits in searcher.hits_below(tmp_path).items()}  # fmt: skip
    assert found == {
        kinds.FILE_NAME: {"a name of a file"},
        f"{VALUES['city']}.txt": {"city"},
        "link": {"postal code"},
    }
