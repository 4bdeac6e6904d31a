"""Searches files of any kind for values in any writing, also in what is compressed inside them."""

import base64
import gzip
import hashlib
import html
import io
import json
import re
import sqlite3
import unicodedata
import zipfile
import zlib
from urllib.parse import quote, quote_plus

import duckdb

SHORTEST = 7
"""Bytes of a writing that is looked for; a shorter one is found by chance."""


HASH = "a hash of an identifier"
"""What is reported when one is found."""

LEAST_DIGITS = 10
"""Digits without what groups them that are looked for; fewer are found by chance."""


HEX, BASE64 = 32, 20
"""Characters of a hash that are compared: those of a published id, and as many bits or more."""

_HEX = re.compile(rb"[0-9a-f]{%d,}" % HEX)
_BASE64 = re.compile(rb"[0-9a-z+/]{%d,}" % BASE64)


def writings(text):
    """Return the ways in which a text may be written, by name.

    Upper and lower case are one: `hits` reads everything in lower case.
    """
    found = {}
    for form in ("NFC", "NFD"):
        composed = unicodedata.normalize(form, text)
        plain = composed.encode()
        found |= {
            f"utf-8 {form}": plain,
            f"utf-16-le {form}": composed.encode("utf-16-le"),
            f"utf-16-be {form}": composed.encode("utf-16-be"),
            f"JSON {form}": json.dumps(composed)[1:-1].encode(),
            f"JSON in JSON {form}": json.dumps(json.dumps(composed)[1:-1])[1:-1].encode(),
            f"CSV {form}": composed.replace('"', '""').encode(),
            f"Python literal {form}": ascii(composed)[1:-1].encode(),
            f"URL {form}": quote(composed, safe="").encode(),
            f"URL path {form}": quote(composed).encode(),
            f"form {form}": quote_plus(composed).encode(),
            f"HTML {form}": html.escape(composed).encode(),
            f"HTML as Jinja {form}": html.escape(composed).replace("&quot;", "&#34;").encode(),
            f"HTML numbers {form}": "".join(f"&#{ord(each)};" for each in composed).encode(),
            f"HTML hex {form}": "".join(f"&#x{ord(each):x};" for each in composed).encode(),
            f"hex {form}": plain.hex().encode(),
            **{f"base64 {place} {form}": part for place, part in _base64(plain).items()},
        }
    digits = re.sub(r"[ -]", "", text)
    if digits.isdecimal() and len(digits) >= LEAST_DIGITS:
        found["digits"] = digits.encode()
    try:
        korean = text.encode("cp949")
        found |= {"cp949": korean, "cp949 read as latin-1": korean.decode("latin-1").encode()}
    except UnicodeEncodeError:
        pass
    found["utf-8 read as latin-1"] = text.encode().decode("latin-1").encode()
    return found


def hashes(text):
    """Yield the beginnings of the hashes of a text that anyone can compute, in lower case."""
    for name in ("md5", "sha1", "sha256"):
        digest = hashlib.new(name, text.encode()).digest()
        yield digest.hex()[:HEX].encode()
        yield base64.b64encode(digest)[:BASE64].lower()


def writings_of_bytes(secret):
    """Return the ways in which bytes may be written, by name."""
    escaped = "".join(f"\\x{byte:02x}" for byte in secret)
    return {
        "raw": secret[:24],
        "hex": secret.hex().encode()[:48],
        "literal": repr(secret)[2:-1].encode()[:60],
        "escaped": escaped.encode()[:80],
        "list": ", ".join(map(str, secret[:12])).encode(),
        **{f"base64 {place}": part[:32] for place, part in _base64(secret).items()},
    }


def _base64(content):
    """Return what base64 makes of bytes wherever they begin within others."""
    parts = {}
    for place in range(3):
        end = len(content) - (len(content) + place) % 3
        coded = base64.b64encode(b"\0" * place + content[:end])
        parts[place] = coded[4:] if place else coded
    urlsafe = {f"{place} urlsafe": part.translate(_URLSAFE) for place, part in parts.items()}
    return parts | {key: part for key, part in urlsafe.items() if part not in parts.values()}


_URLSAFE = bytes.maketrans(b"+/", b"-_")


class Searcher:
    """Looks for needles.

    Parameters
    ----------
    needles
        By what is reported when one is found: the ways in which it may be written, by name.
    known_hashes
        Of `hashes`.
    """

    def __init__(self, needles, known_hashes=()):
        self._hashes = frozenset(known_hashes)
        written = {}
        for what, ways in needles.items():
            for way, content in ways.items():
                if len(content) >= SHORTEST:
                    written.setdefault(content.lower(), (what, way))
        self._needles = written
        self._seen = {}

    def hits(self, content):
        """Return what some bytes contain, as pairs of what and how it is written."""
        lower = content.lower()
        found = {what for needle, what in self._needles.items() if needle in lower}
        if self._hashes:
            seen = {token[:HEX] for token in _HEX.findall(lower)}
            seen |= {token[:BASE64] for token in _BASE64.findall(lower)}
            found |= {(HASH, "") for _ in seen & self._hashes}
        return found

    def hits_in_file(self, file):
        """Return the same for a file, and all that is stored or compressed in it."""
        name = file.name.encode(errors="surrogateescape")
        content = file.read_bytes()
        digest = (hashlib.sha256(content).digest(), file.suffix)
        if digest not in self._seen:
            self._seen[digest] = set().union(*(self.hits(part) for part in opened(file, content)))
        return self._seen[digest] | self.hits(name)

    def hits_below(self, folder):
        """Return what the files of a folder contain, by path; links are not followed."""
        found = {}
        for path in sorted(folder.rglob("*")):
            is_file = path.is_file() and not path.is_symlink()
            hits = self.hits_in_file(path) if is_file else self.hits(str(path.name).encode())
            if path.is_symlink():
                hits |= self.hits(str(path.readlink()).encode())
            if hits:
                found[path.relative_to(folder)] = hits
        return found


def opened(file, content):
    """Yield the bytes of a file, and of all that is inside it."""
    yield content
    if content[:4] == b"PAR1":
        yield from _query(f"select columns(*)::varchar from read_parquet('{_named(file)}')")
        yield from _query(f"select * from parquet_metadata('{_named(file)}')")
        yield from _query(f"select key, value from parquet_kv_metadata('{_named(file)}')")
    elif content[8:12] == b"DUCK":
        yield from _of_duckdb(file)
    elif content[:15] == b"SQLite format 3":
        yield from _of_sqlite(file)
    else:
        yield from _inside(content)


def _inside(content):
    """Yield what is compressed in some bytes."""
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    elif zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield name.encode()
                yield archive.read(name)
                yield from _inside(archive.read(name))
        return
    elif content[:1] == b"\x78":
        try:
            content = zlib.decompress(content)
        except zlib.error:
            return
    else:
        return
    yield content
    yield from _inside(content)


def _named(file):
    return str(file).replace("'", "''")


def _query(query, connection=duckdb):
    rows = connection.sql(query).fetchall()
    yield "\n".join(str(value) for row in rows for value in row if value is not None).encode()


def _of_duckdb(file):
    """Yield each table of a DuckDB file, and the text of its views, comments and macros."""
    with duckdb.connect(str(file), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() where not internal"
        ).fetchall()
        for schema, table in tables:
            yield from _query(f'select columns(*)::varchar from "{schema}"."{table}"', connection)
        for catalogue in ("tables", "views", "columns", "functions"):
            yield from _query(f"from duckdb_{catalogue}() where not internal", connection)


def _of_sqlite(file):
    """Yield every value of a SQLite file."""
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as connection:
        connection.text_factory = bytes
        tables = connection.execute("select name from sqlite_master where type = 'table'")
        for (table,) in tables.fetchall():
            name = table.decode()
            values = [
                value if isinstance(value, bytes) else str(value).encode()
                for row in connection.execute(f'select * from "{name}"')
                for value in row
            ]
            yield b"\n".join(values)
            for value in values:
                yield from _inside(value)
    connection.close()
