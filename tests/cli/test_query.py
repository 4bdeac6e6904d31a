import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from dangol.cli import main
from dangol.files import write_whole
from dangol.night import Night
from dangol.publication.dictionary import published_tables
from dangol.publication.publish import publish
from dangol.settings import Settings, get_settings

PROGRAM = "import sys; from dangol.cli import main; sys.exit(main(sys.argv[1:]))"
ENDLESS = "select count(*) from range(1000000) as a, range(10000000) as b"


@pytest.fixture
def published(
    small_home: Settings,
    tonight: Night,
    fill_build: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Settings]:
    toml = b'name = "Small"\ntimezone = "Asia/Seoul"\ncurrency = "KRW"\n'
    write_whole(small_home.company_folder / "company.toml", toml)
    monkeypatch.setenv("DANGOL_HOME", str(small_home.home))
    monkeypatch.setenv("DANGOL_MEMORY_LIMIT", "300MB")
    monkeypatch.setenv("DANGOL_THREADS", "1")
    get_settings.cache_clear()
    fill_build(tonight, 3)
    publish(small_home, tonight)
    yield small_home
    get_settings.cache_clear()


def ask(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["query", *arguments]) == 0
    return capsys.readouterr().out


def test_the_published_tables_can_be_asked_in_each_format(
    published: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    sql = "select customer_id, net_amount from dangol.customer_view.customers order by all limit 2"
    rows = list(csv.reader(io.StringIO(ask(capsys, "--format", "csv", sql))))
    assert rows == [["customer_id", "net_amount"], ["c0", "10.5000"], ["c1", "10.5000"]]
    assert json.loads(ask(capsys, "--format", "json", sql))[0] == {
        "customer_id": "c0",
        "net_amount": 10.5,
    }
    assert ask(capsys, "--format", "markdown", sql).splitlines()[2] == "| c0 | 10.5000 |"
    assert ask(capsys, sql).splitlines() == [
        "customer_id  net_amount",
        "c0              10.5000",
        "c1              10.5000",
    ]


@pytest.mark.parametrize("kind", ["table", "csv", "json", "markdown"])
def test_a_file_or_a_pipe_gets_every_row(
    published: Settings, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    text = ask(capsys, "--format", kind, "select range as number from range(12345)")
    assert (
        text.count("\n") == {"table": 12346, "csv": 12346, "json": 12347, "markdown": 12347}[kind]
    )
    assert "12344" in text


def test_a_terminal_gets_as_many_rows_and_columns_as_it_can_show(
    published: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["query", "select range as number from range(12345)"]) == 0
    told = capsys.readouterr()
    assert len(told.out.splitlines()) == 201
    assert told.err.startswith("These are the first 200 rows. All of them go to a file or a pipe: ")
    assert main(["query", "select range as number from range(201)"]) == 0
    assert "first 200 rows" in capsys.readouterr().err
    assert main(["query", "select range as number from range(200)"]) == 0
    assert capsys.readouterr().err == ""
    assert main(["query", "from customer_view.customers"]) == 0
    told = capsys.readouterr()
    assert max(map(len, told.out.splitlines())) <= 80
    assert told.out.count("customer_id") == 3
    assert told.err == ""


@pytest.mark.parametrize("kind", ["csv", "table"])
def test_head_ends_a_query_without_a_traceback(published: Settings, kind: str) -> None:
    command = f'"{sys.executable}" -c "{PROGRAM}" query --format {kind} "$0" | head -n 2'
    sql = "select range as number from range(200000)"
    done = subprocess.run(["sh", "-c", command, sql], capture_output=True, text=True)
    assert (len(done.stdout.splitlines()), done.stderr) == (2, "")


def test_a_query_that_takes_too_long_is_stopped(
    published: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    started = time.monotonic()
    assert main(["query", "--timeout", "0.01", ENDLESS]) == 1
    assert time.monotonic() - started < 30
    assert capsys.readouterr().err == (
        "dangol: the query was stopped after 0.01 minutes: ask for less, or give it longer with "
        "--timeout MINUTES\n"
    )


def test_rows_that_come_slowly_are_stopped_too(
    published: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    sql = "select a.range from range(4000) as a, range(100000000) as b where b.range % 1e8 = 99999"
    assert main(["query", "--format", "csv", "--timeout", "0.01", sql]) == 1
    assert "the query was stopped after 0.01 minutes" in capsys.readouterr().err


def test_the_keyboard_ends_a_query_without_a_traceback(published: Settings) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", f"print('go', flush=True); {PROGRAM}", "query", ENDLESS],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.readline()
    said = None
    while said is None:  # a callback of Python's may swallow the first, while modules are imported
        time.sleep(2)
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            _, said = process.communicate(timeout=10)
    assert (process.returncode, said) == (1, "interrupted\n")


def test_a_query_that_needs_too_much_memory_says_what_to_do(
    published: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DANGOL_MEMORY_LIMIT", "20MB")
    get_settings.cache_clear()
    sql = "select list(md5(range::varchar)) from range(2000000)"
    assert main(["query", sql]) == 1
    assert capsys.readouterr().err.startswith(
        "dangol: the query needs more memory than 20MB, or more space for temporary files"
    )


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("selec 1", "the query failed: Parser Error"),
        ("from nowhere", "the query failed: Catalog Error"),
        ("create table t as select 1", "the query failed: .*read-only"),
        ("copy customer_view.customers to '/tmp/c.csv'", "the query failed: .*configuration"),
        ("select * from range(5000) where 1 / (4500 - range) > 0 and error('x') = 1", "the query"),
    ],
)
def test_a_query_that_fails_is_a_message(
    published: Settings, sql: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    import re

    assert main(["query", sql]) == 1
    told = capsys.readouterr().err
    assert re.match(rf"dangol: {message}", told)
    assert "Traceback" not in told


@pytest.mark.parametrize("command", [["query", "from customer_view.customers"], ["tables"]])
def test_a_publication_that_is_damaged_is_named_with_what_to_do(
    published: Settings, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    file = published.published_file.resolve()
    file.chmod(0o600)
    content = file.read_bytes()
    file.write_bytes(content[:12288] + b"\xff" * (len(content) - 12288))
    assert main(command) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"dangol: {file} can't be read (")
    assert "`dangol rollback`" in told
    assert "Traceback" not in told


@pytest.mark.parametrize("minutes", ["0", "-1", "soon", "nan", "inf"])
def test_a_time_that_is_none_is_refused(minutes: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["query", "--timeout", minutes, "select 1"])
    assert "write minutes, such as 30 or 0.5" in capsys.readouterr().err


def test_the_tables_are_listed_with_their_rows(
    published: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["tables"]) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split() == ["table", "rows", "what", "is", "in", "it"]
    assert [row.split()[0] for row in rows] == sorted(
        (table.full_name for table in published_tables()),
        key=lambda name: ([each.schema for each in published_tables()].index(name.split(".")[0]),
                          name),
    )  # fmt: skip
    (customers,) = [row for row in rows if row.split()[0] == "customer_view.customers"]
    assert customers.split(maxsplit=2)[1:] == ["3", published_tables()[0].description]


@pytest.mark.parametrize("name", ["customers", "customer_view.customers", "CUSTOMERS"])
def test_a_table_is_described_column_by_column(
    published: Settings, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert main(["tables", name]) == 0
    title, description, _, head, *rows = capsys.readouterr().out.splitlines()
    table = published_tables()[0]
    assert title == "customer_view.customers: 3 rows"
    assert description == table.description
    assert head.split() == ["column", "type", "meaning"]
    assert [row.split()[0] for row in rows] == list(table.columns)
    assert [row.endswith(text) for row, text in zip(rows, table.columns.values(), strict=True)]


def test_a_table_that_there_is_not_is_named_with_those_that_look_like_it(
    published: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["tables", "custmers"]) == 1
    assert capsys.readouterr().err == (
        "dangol: there is no table 'custmers'; did you mean customer_view.customers. "
        "`dangol tables` lists all\n"
    )
    assert main(["tables", "x"]) == 1
    assert capsys.readouterr().err == ("dangol: there is no table 'x'. `dangol tables` lists all\n")


def test_nothing_is_written_to_the_home_by_reading(published: Settings) -> None:
    before = sorted(published.home.rglob("*"))
    assert main(["query", "from customer_view.customers"]) == 0
    assert main(["tables"]) == 0
    assert sorted(published.home.rglob("*")) == before
    assert os.access(published.home, os.R_OK)
    assert not Path(f"{published.published_file}.tmp").exists()
