"""Golden files: exports of a tiny Dangol Mart, checked by hand once and compared by byte since.

``DANGOL_REWRITE_GOLDEN=1 pytest tests/simulator`` rewrites them; review what changed.
"""

import gzip
import io
import json
import os
from pathlib import Path

import fastavro
import pyarrow.parquet

FOLDER = Path(__file__).parent / "golden"
CUSTOMERS = 60
SEED = 7


def golden(world, system, name, first, last=None, **parameters):
    """Assert that a file of the tiny company has not changed since it was reviewed."""
    parameters = {"customers": CUSTOMERS, "seed": SEED} | parameters
    path = FOLDER / system / name
    if name.endswith((".avro", ".parquet")):
        folder, _ = world.write(system, first, last, **parameters)
        text = _as_json_lines(folder / name)
        path = path.with_name(path.name + ".jsonl")
    else:
        folder, _ = world.write(system, first, last, **parameters)
        content = (folder / name).read_bytes()
        content = gzip.decompress(content) if name.endswith(".gz") else content
        text = content.decode("utf-8", "surrogateescape")  # some systems write CP949
        path = path.with_name(path.name.removesuffix(".gz"))
    if os.environ.get("DANGOL_REWRITE_GOLDEN") == "1":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert text == path.read_bytes().decode("utf-8", "surrogateescape")


def _as_json_lines(path):
    """Decode a binary file: Avro as Avro's own JSON, in which a union names its type."""
    if path.suffix == ".parquet":
        rows = pyarrow.parquet.read_table(path).to_pylist()
        return "".join(json.dumps(row, ensure_ascii=False, default=str) + "\n" for row in rows)
    text = io.StringIO()
    with path.open("rb") as file:
        reader = fastavro.reader(file)
        fastavro.json_writer(text, reader.writer_schema, reader)
    return text.getvalue().rstrip("\n") + "\n"
