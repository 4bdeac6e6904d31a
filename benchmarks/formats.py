"""How many rows a second the extractor reads of each format, and in how much memory.

``python -m benchmarks.formats [ROWS]``. The same orders are written once in every format, ten
columns each, and extracted from a landing zone in a process of its own: copied, decoded, typed and
written to the raw lake. JSON, Avro and Parquet have two of the columns in a nested object and two
that the contract does not know.
"""

from __future__ import annotations

import io
import json
import os
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from benchmarks.measure import Cost, print_table, run_python
from benchmarks.needs import DEVELOPERS, need_modules
from benchmarks.workspace import workspace
from dangol.settings import Settings

_DAY = date(2026, 1, 31)
_COLUMNS: tuple[dict[str, Any], ...] = (
    {"name": "order_id", "required": True},
    {"name": "customer", "physicalName": "customer.name"},
    {"name": "city", "physicalName": "customer.city"},
    {"name": "quantity", "physicalType": "BIGINT"},
    {"name": "amount", "physicalType": "DECIMAL(18,2)"},
    {"name": "weight", "physicalType": "DOUBLE"},
    {"name": "is_gift", "physicalType": "BOOLEAN"},
    {"name": "ordered_at", "physicalType": "TIMESTAMP"},
)
_NAMES = [column.get("physicalName", column["name"]) for column in _COLUMNS] + ["channel", "note"]
_LINE = r"(?P<order_id>\S+) (?P<n>\d+) (?P<amount>\S+) \[(?P<ordered_at>[^]]+)\] \"(?P<note>.*)\""


def _rows(count: int) -> Iterator[dict[str, Any]]:
    start = datetime(2026, 1, 31, tzinfo=UTC)
    for number in range(count):
        yield {
            "order_id": f"{number:010d}",
            "customer": {"name": f"김민지{number % 5000}", "city": "서울"},
            "quantity": number % 7,
            "amount": 9.9 + number % 100,
            "weight": 0.25,
            "is_gift": number % 2 == 0,
            "ordered_at": start + timedelta(seconds=number % 86_400),
            "channel": "web",
            "note": f"note {number}",
        }


def _flat(row: dict[str, Any]) -> list[str]:
    customer = row["customer"]
    values = [row["order_id"], customer["name"], customer["city"], row["quantity"],
              f"{row['amount']:.2f}", row["weight"], str(row["is_gift"]).lower(),
              f"{row['ordered_at']:%Y-%m-%dT%H:%M:%SZ}", row["channel"], row["note"]]  # fmt: skip
    return [str(value) for value in values]


def _csv(count: int, quote: str = "") -> Iterator[str]:
    yield ",".join(_NAMES) + "\n"
    for row in _rows(count):
        yield ",".join(f"{quote}{value}{quote}" for value in _flat(row)) + "\n"


def _json(row: dict[str, Any]) -> str:
    shown = {**row, "ordered_at": f"{row['ordered_at']:%Y-%m-%dT%H:%M:%SZ}"}
    return json.dumps(shown, ensure_ascii=False)


def _write_csv(file: Path, count: int) -> None:
    file.write_text("".join(_csv(count)), encoding="utf-8")


def _write_quoted(file: Path, count: int) -> None:
    file.write_text("".join(_csv(count, '"')), encoding="utf-8")


def _write_cp949(file: Path, count: int) -> None:
    file.write_text("".join(_csv(count)), encoding="cp949")


def _write_zip(file: Path, count: int) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("rows.csv", "".join(_csv(count)))


def _write_json_lines(file: Path, count: int) -> None:
    file.write_text("".join(f"{_json(row)}\n" for row in _rows(count)), encoding="utf-8")


def _write_document(file: Path, count: int) -> None:
    rows = ",".join(_json(row) for row in _rows(count))
    file.write_text(f'{{"page": 1, "data": {{"orders": [{rows}]}}}}', encoding="utf-8")


def _write_parquet(file: Path, count: int) -> None:
    import pyarrow as pa
    import pyarrow.parquet

    pa.parquet.write_table(pa.Table.from_pylist(list(_rows(count))), file)


def _write_avro(file: Path, count: int) -> None:
    import fastavro

    customer = {"type": "record", "name": "Customer", "fields": [
        {"name": "name", "type": "string"}, {"name": "city", "type": "string"}]}  # fmt: skip
    kinds = {"order_id": "string", "customer": customer, "quantity": "long", "amount": "double",
             "weight": "double", "is_gift": "boolean",
             "ordered_at": {"type": "long", "logicalType": "timestamp-millis"},
             "channel": "string", "note": ["null", "string"]}  # fmt: skip
    schema = {"type": "record", "name": "Order",
              "fields": [{"name": name, "type": kind} for name, kind in kinds.items()]}  # fmt: skip
    target = io.BytesIO()
    fastavro.writer(target, schema, _rows(count), codec="deflate")
    file.write_bytes(target.getvalue())


def _write_log(file: Path, count: int) -> None:
    lines = (
        f"{row['order_id']} {row['quantity']} {row['amount']:.2f} "
        f'[{row["ordered_at"]:%Y-%m-%dT%H:%M:%SZ}] "{row["note"]}"\n'
        for row in _rows(count)
    )
    file.write_text("".join(lines), encoding="utf-8")


def _write_xlsx(file: Path, count: int) -> None:
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(_NAMES)
    for row in _rows(count):
        values = _flat(row)
        values[3:8] = [row["quantity"], round(row["amount"], 2), row["weight"], row["is_gift"],
                       row["ordered_at"].replace(tzinfo=None)]  # fmt: skip
        sheet.append(values)
    book.save(file)


_Written = tuple[str, str, Callable[[Path, int], None], dict[str, Any], int]

FORMATS: tuple[_Written, ...] = (
    ("CSV, plain", r"rows_{date}\.csv", _write_csv, {}, 1),
    ("CSV, quoted", r"rows_{date}\.csv", _write_quoted, {}, 1),
    ("CSV in CP949", r"rows_{date}\.csv", _write_cp949, {}, 1),
    ("CSV in a zip archive", r"rows_{date}\.zip!rows\.csv", _write_zip, {}, 1),
    ("JSON lines", r"rows_{date}\.jsonl", _write_json_lines, {}, 1),
    ("JSON document", r"rows_{date}\.json", _write_document, {"records": "data.orders"}, 1),
    ("Parquet", r"rows_{date}\.parquet", _write_parquet, {}, 1),
    ("Avro, deflate", r"rows_{date}\.avro", _write_avro, {}, 1),
    ("text by a pattern", r"rows_{date}\.log", _write_log, {"linePattern": _LINE}, 1),
    ("XLSX", r"rows_{date}\.xlsx", _write_xlsx, {}, 5),
)
"""What is shown, the file pattern, what writes it, what its contract says besides, and by how much
fewer rows it has."""


def _lay_out(home: Path, written: _Written, rows: int) -> None:
    """Write the contract and the landed file of one format."""
    _, pattern, write, custom, _ = written
    given = {"filePattern": pattern, "delivery": "partition", "rowIdentity": "place", **custom}
    contract = {
        "apiVersion": "v3.1.0", "kind": "DataContract", "id": "feed", "version": "1.0.0",
        "status": "active",
        "schema": [{"name": "rows", "properties": [dict(column) for column in _COLUMNS],
                    "customProperties": [{"property": name, "value": value}
                                         for name, value in given.items()]}],
    }  # fmt: skip
    folder = home / "company" / "systems" / "feed"
    folder.mkdir(parents=True)
    (folder / "contract.yml").write_text(yaml.safe_dump(contract), encoding="utf-8")
    (home / "company" / "company.toml").write_text(
        'name = "Feed"\ntimezone = "Asia/Seoul"\ncurrency = "KRW"\n', encoding="utf-8"
    )
    name = pattern.partition("!")[0].replace("{date}", _DAY.isoformat()).replace("\\", "")
    file = home / "landing" / "feed" / name
    file.parent.mkdir(parents=True)
    write(file, rows)
    os.utime(file, (1, 1))


def _extract(home: Path) -> None:
    """Extract the file of one format, and see that every row is loaded."""
    from dangol.extract.stream import extract_stream
    from dangol.night import Night

    settings = Settings.from_environment({"DANGOL_HOME": str(home), "DANGOL_THREADS": "2"})
    summary = extract_stream(settings, Night.of(_DAY, settings.company), "feed", "rows")
    if summary["rows_quarantined"] or not summary["rows_loaded"]:
        raise SystemExit(f"not all rows were loaded: {summary}")


def main(rows: int) -> None:
    """Measure each format and print a table."""
    table = []
    with workspace() as folder:
        for nth, written in enumerate(FORMATS):
            count = rows // written[4]
            costs = [_measure(folder / f"{nth}-{each}", nth, each) for each in (1, count)]
            (file,) = (folder / f"{nth}-{count}" / "landing" / "feed").iterdir()
            seconds = costs[1].seconds - costs[0].seconds  # without the start of Python
            table.append([
                written[0], f"{count:,}", f"{file.stat().st_size / 1e6:.0f}", f"{seconds:.1f}",
                f"{count / seconds:,.0f}", f"{costs[1].peak_mb:,.0f}",
            ])  # fmt: skip
        print_table(["format", "rows", "MB", "seconds", "rows/s", "peak MiB"], table)


def _measure(home: Path, nth: int, rows: int) -> Cost:
    """Write a file of some rows in one process, and extract it in another."""
    log = home.with_suffix(".log")
    run_python("benchmarks.formats", ["--write", str(home), str(nth), str(rows)], {}, log)
    return run_python("benchmarks.formats", ["--extract", str(home)], {}, log)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--write"]:
        _lay_out(Path(sys.argv[2]), FORMATS[int(sys.argv[3])], int(sys.argv[4]))
    elif sys.argv[1:2] == ["--extract"]:
        _extract(Path(sys.argv[2]))
    else:
        need_modules("fastavro", "openpyxl", "pyarrow", command=DEVELOPERS)
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 500_000)
