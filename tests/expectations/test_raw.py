"""Each bad file, stream or ledger record fails its own expectation and no other."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dangol.night import Night
from dangol.settings import Settings
from expectations.gate import run_gate
from expectations.raw import expectations

TILL, CLOSED_DAY = "grocer_till.transactions", "grocer_campaigns.redemptions.000004"


def another(replacements: str) -> str:
    """Add a record to the ledger, like that of the closed day's empty file."""
    return (
        f"insert into ops.loads select * replace (date '2017-12-31' as load_date, {replacements})"
        f" from ops.loads where load_id = '{CLOSED_DAY}'"
    )


def tonights_sales(rows_read: int, rows_loaded: int) -> str:
    """Change the row counts of tonight's till file, in ledger and lake."""
    return (
        f"update ops.loads set rows_read = {rows_read}, rows_loaded = {rows_loaded},"
        f" rows_quarantined = {rows_read - rows_loaded} where load_id = '{TILL}.000010';"
        "create or replace view raw.grocer_till__transactions as select load_id as _load_id"
        f" from ops.loads cross join range({rows_loaded}) where is_new and stream = 'transactions'"
    )


def yesterdays_content(contender: str) -> str:
    """Have today's till file refused; ``today`` or ``yesterday`` has its content or its name."""
    return (
        "insert into ops.loads select today.* replace ('x' as load_id, 'refused' as status,"
        f" 'wrong' as file, {contender} as contender, 20 as number, 0 as rows_read,"
        " 0 as rows_loaded, 0 as rows_quarantined, false as is_new)"
        f" from (select * replace (file as contender) from ops.loads) as today,"
        f" (select file as contender from ops.loads where load_id = '{TILL}.000009') as yesterday"
        f" where today.load_id = '{TILL}.000010'"
    )


def numbered_correction() -> str:
    """Have a correction of today's till file, which replaces it."""
    return (
        "insert into ops.loads select * replace ('y' as load_id, 'y' as sha256, 'y' as file,"
        " 1 as revision, 21 as number, false as is_new)"
        f" from ops.loads where load_id = '{TILL}.000010';"
        f"update ops.loads set superseded_by = 'y' where load_id = '{TILL}.000010'"
    )


def another_shop(*days: int) -> str:
    """Let a second shop deliver redemptions on some of the days before, and its first one on all.

    Of 22 (0) to 31 December (9).
    """
    return (
        "insert into ops.loads select * replace ('b' || load_id as load_id,"
        " 'b' || sha256 as sha256, 'busan' as part, false as is_new, 'empty' as status,"
        " 0 as rows_read, 0 as rows_loaded) from ops.loads where stream = 'redemptions'"
        f" and file_date - date '2017-12-22' in {days}"
    )


CASES = {
    "ops.current_run has 1 to 1 rows": "insert into ops.current_run from ops.current_run",
    "the build belongs to this night's business day and clock": (
        "update ops.current_run set as_of_utc = as_of_utc + interval 1 hour"
    ),
    "ops.loads has one row per load_id": another("'x' as sha256"),
    "ops.loads.status is never null": another("'x' as load_id, null as status"),
    "every file has a known status": another("'x' as load_id, 'odd' as status"),
    "every file balances: rows read = rows loaded + rows quarantined": (
        "update ops.loads set rows_read = rows_read + 1"
        " where load_id = 'grocer_loyalty.members.000003'"
    ),
    "the lake contains as many rows of tonight's files as the ledger says": (
        "create or replace view raw.grocer_loyalty__members as select load_id as _load_id"
        " from ops.loads cross join range(29) where is_new and stream = 'members'"
    ),
    "every row of tonight's snapshots has a key of its own": (
        "insert into ops.marked_rows select load_id, 2, 'ambiguous' from ops.loads"
        " where is_new and stream = 'members'"
    ),
    "every deletion mark of tonight's snapshots is understood": (
        "insert into ops.marked_rows select load_id, 2, 'unclear' from ops.loads"
        " where is_new and stream = 'members'"
    ),
    "no content is loaded twice": (
        f"update ops.loads set sha256 = 'same' where load_id in ('{TILL}.000001', '{TILL}.000002')"
    ),
    "each delivery has exactly one current file": (
        f"update ops.loads set superseded_by = null where load_id = '{TILL}.000007'"
    ),
    "no file is refused: no two claim one delivery, none has the content of another": another(
        "'x' as load_id, 'refused' as status, 'other_2017-12-25' as file"
    ),
    "every duplicate or superseded file names another file in the ledger": (
        f"update ops.loads set superseded_by = 'nothing' where load_id = '{TILL}.000007'"
    ),
    "no file is dated after the night's business day": (
        another("'x' as load_id, date '2018-01-01' as file_date")
    ),
    "every loaded file belongs to a stream with a contract": (
        "delete from ops.streams where stream = 'campaigns'"
    ),
    "few rows of tonight's files were quarantined": tonights_sales(rows_read=123, rows_loaded=120),
    "tonight's files are written as their contracts say": (
        f"update ops.loads set reason = 'its header lacks amount' where load_id = '{TILL}.000010'"
    ),
    "tonight's files have no more totals and no more comments between rows than before": (
        f"update ops.loads set totals_skipped = 2 where load_id = '{TILL}.000010'"
    ),
    "no file of tonight has too many quarantined rows": tonights_sales(
        rows_read=130, rows_loaded=120
    ),
    "no expected file of the last week is missing because it was rejected": (
        "update ops.loads set status = 'rejected', rows_read = 0, rows_loaded = 0"
        f" where load_id = '{TILL}.000008'"
    ),
    "no other file of tonight was rejected": (
        another("'x' as load_id, 'rejected' as status, null as file_date")
    ),
    "no correction of tonight was rejected": (
        another("'x' as load_id, 'rejected' as status, null as file_date, 1 as revision")
    ),
    "no file of tonight has the content of another system's": (
        "update ops.loads set sha256 = 'same' where load_id in"
        f" ('{TILL}.000010', 'grocer_loyalty.members.000003')"
    ),
    "no daily file came twice tonight": (
        another(f"'x' as load_id, 'duplicate' as status, '{TILL}.000001' as duplicate_of")
    ),
    "no file was still being written tonight": another("'x' as load_id, 'waiting' as status"),
    "every scheduled stream is on time": (
        "delete from ops.loads where stream = 'redemptions' and file_date = date '2017-12-31'"
    ),
    "no scheduled stream has stopped delivering": (
        "delete from ops.loads where stream = 'redemptions' and file_date > date '2017-12-27'"
    ),
    "every part of a delivery that always comes has come": another_shop(*range(9)),
    "every promised stream has come at least once": (
        "delete from ops.loads where stream = 'members'"
    ),
    "the contract and the staging models of each of the company's systems can be read": (
        "insert into ops.contract_problems values ('shop', 'contract.yml: its id is wrong')"
    ),
    "no file of tonight is unexpectedly empty": (
        "update ops.loads set status = 'empty', rows_read = 0, rows_loaded = 0, is_new = false"
        " where load_id = 'grocer_loyalty.members.000010'"
    ),
    "tonight's files are about their usual size": tonights_sales(rows_read=30, rows_loaded=30),
    "no file of tonight is many times its usual size": (
        tonights_sales(rows_read=1300, rows_loaded=1300)
    ),
}


def test_that_a_good_build_passes(settings: Settings, night: Night) -> None:
    result = run_gate(settings, night, "raw")

    assert (result["passed"], result["warnings"]) == (len(CASES), [])


@pytest.mark.parametrize("sentence", CASES)
def test_that_one_fault_breaks_one_expectation(
    sentence: str, what_breaks: Callable[[str, str], set[str]]
) -> None:
    assert what_breaks("raw", CASES[sentence]) == {sentence}


def test_that_every_expectation_has_its_fault(night: Night) -> None:
    assert {expectation.sentence for expectation in expectations(night)} == set(CASES)


@pytest.mark.parametrize(
    "fine",
    [
        pytest.param(
            "update ops.loads set sha256 = 'same' where load_id in"
            " ('grocer_loyalty.members.000001', 'grocer_loyalty.members.000003')",
            id="a snapshot goes back to an earlier state",
        ),
        pytest.param(
            another(
                "'x' as load_id, 'members' as stream, 'grocer_loyalty' as system,"
                " 'duplicate' as status, 'grocer_loyalty.members.000009' as duplicate_of"
            ),
            id="a snapshot repeats when nothing has changed",
        ),
        pytest.param(
            "update ops.loads set rows_read = 3, rows_loaded = 2, rows_quarantined = 1"
            " where load_id = 'grocer_till.transactions.000003'",
            id="an old file's quarantine was judged on its own night",
        ),
        pytest.param(
            "update ops.loads set rows_read = 40, rows_loaded = 40"
            " where load_id = 'grocer_campaigns.redemptions.000010';"
            "create or replace view raw.grocer_campaigns__redemptions as"
            " select load_id as _load_id from ops.loads cross join range(40)"
            " where is_new and stream = 'redemptions'",
            id="small counts may fluctuate",
        ),
        pytest.param(tonights_sales(rows_read=121, rows_loaded=120), id="a typing error"),
        pytest.param(
            "insert into ops.loads select * replace ('x' as load_id, 'y' as sha256,"
            " 1 as supplement, 2 as rows_read, 2 as rows_loaded, false as is_new,"
            " date '2017-12-31' as load_date)"
            f" from ops.loads where load_id = '{TILL}.000009'",
            id="rows of a day's file were submitted again",
        ),
        pytest.param(
            another("'x' as load_id, 'refused' as status, 'other' as file, 20 as number")
            + ";"
            + another("'y' as load_id, 'removed' as status, 'other' as file, 21 as number"),
            id="a refused file was removed",
        ),
        pytest.param(
            yesterdays_content("yesterday.contender") + ";" + numbered_correction(),
            id="a numbered correction replaced yesterday's content",
        ),
        pytest.param(
            "update ops.loads set sha256 = 'same', revision = 1"
            f" where load_id in ('{TILL}.000001', '{TILL}.000002')",
            id="corrections by number say that their content is meant",
        ),
        pytest.param(
            "insert into ops.loads select * replace ('x' as load_id, 'y' as sha256, 'b' as part,"
            " 0 as rows_read, 0 as rows_loaded, false as is_new)"
            f" from ops.loads where load_id = '{TILL}.000009'",
            id="two shops deliver the same day",
        ),
        pytest.param(another_shop(*range(10)), id="two shops have come every day"),
        pytest.param(another_shop(*range(6)), id="a shop that has hardly begun is not missed"),
        pytest.param(
            another_shop(*range(0, 9, 2)), id="the number of a split export comes and goes"
        ),
        pytest.param(
            "update ops.streams set expected_every_days = 31 where stream = 'redemptions';"
            "delete from ops.loads where stream = 'redemptions' and file_date < date '2017-12-31';"
            "update ops.loads set first_date = date '2017-12-01' where stream = 'redemptions'",
            id="a month's file keeps the promise of a month",
        ),
        pytest.param(
            "delete from ops.loads where stream = 'redemptions' and file_date > date '2017-12-29';"
            "insert into ops.closed_days select 'grocer_campaigns', 'redemptions', day from"
            " (values (date '2017-12-30'), (date '2017-12-31')) as closed (day)",
            id="the shop was closed for two days",
        ),
        pytest.param(
            "delete from ops.loads where stream = 'redemptions';"
            "update ops.streams set active_from = date '2018-01-01' where stream = 'redemptions'",
            id="a system that begins tomorrow",
        ),
    ],
)
def test_that_the_ordinary_passes(fine: str, what_breaks: Callable[[str, str], set[str]]) -> None:
    assert what_breaks("raw", fine) == set()


@pytest.mark.parametrize(
    ("ended", "told"),
    [
        ("2017-12-30", "every scheduled stream is on time"),
        ("2017-12-27", "no scheduled stream has stopped delivering"),
    ],
)
def test_that_a_history_in_bulk_keeps_no_promise(
    ended: str, told: str, what_breaks: Callable[[str, str], set[str]]
) -> None:
    """Its last day is tonight's, and the stream still counts as overdue."""
    broken = (
        "delete from ops.loads where stream = 'redemptions'"
        f" and file_date > date '{ended}' and file_date < date '2017-12-31';"
        "update ops.loads set first_date = date '2017-12-01'"
        " where stream = 'redemptions' and file_date = date '2017-12-31'"
    )
    assert told in what_breaks("raw", broken)


MANY_TIMES = "no file of tonight is many times its usual size"
CORRECTION = another(
    "'x' as load_id, date '2017-12-31' as file_date, 'duplicate' as status, 1 as revision,"
    f" '{TILL}.000010' as duplicate_of"
).replace(f"load_id = '{CLOSED_DAY}'", f"load_id = '{TILL}.000010'")


@pytest.mark.parametrize(
    "correction",
    [f"update ops.loads set revision = 1 where load_id = '{TILL}.000010'",
     f"{CORRECTION};update ops.loads set rows_read = 0, rows_loaded = 0 where load_id = 'x'"],
    ids=["of other content", "of the same content"],
)  # fmt: skip
def test_that_a_large_file_passes_once_a_correction_by_number_says_that_it_is_meant(
    correction: str, what_breaks: Callable[[str, str], set[str]]
) -> None:
    large = tonights_sales(rows_read=1300, rows_loaded=1300)
    broken = what_breaks("raw", f"{large};{correction}")
    assert MANY_TIMES not in broken
    assert "tonight's files are about their usual size" in broken


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ("busan", "no expected file of the last week is missing because it was rejected"),
        ("temp", "no other file of tonight was rejected"),
    ],
)
def test_that_a_rejected_part_leaves_a_gap_if_the_part_has_ever_come(
    part: str, told: str, what_breaks: Callable[[str, str], set[str]]
) -> None:
    """Another part's file of the day is none of its own."""
    broken = another_shop(*range(9)) + (
        ";insert into ops.loads select * replace ('x' as load_id, 'rejected' as status,"
        f" '{part}' as part, 0 as rows_read, 0 as rows_loaded) from ops.loads"
        " where stream = 'redemptions' and file_date = date '2017-12-31' and part = ''"
    )
    assert told in what_breaks("raw", broken)


def test_that_a_second_name_stays_refused(what_breaks: Callable[[str, str], set[str]]) -> None:
    refused = "no file is refused: no two claim one delivery, none has the content of another"
    broken = yesterdays_content("today.contender") + ";" + numbered_correction()
    assert what_breaks("raw", broken) == {refused}
