"""What a contract may say, one entry each: in the standard's own fields, and in custom properties.

Reading checks custom properties against these lists, and `dangol.reference` writes
``docs/contracts.md`` from all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from dangol.contracts.formats import FORMATS
from dangol.contracts.model import ContractError

NEGATIVE = ("brackets", "trailing", "triangle", "minus")
"""How numbers below zero may be written besides ``-5``."""


@dataclass(frozen=True)
class Property:
    """One field of the standard, or one custom property.

    Parameters
    ----------
    name
        As written in a contract.
    kind
        ``str``, ``bool``, ``int``, ``float`` or ``list``, of texts.
    meaning
        For the reference page.
    default
        What is true without it, in words.
    choices
        The allowed values, if they are few.
    example
        A value that can be used.
    """

    name: str
    kind: type
    meaning: str
    default: str
    choices: tuple[str, ...] = ()
    example: object = None


DELIVERY = (
    Property("filePattern", str,
             "A regular expression for the whole file name, in which placeholders stand for dates "
             "and parts; for a member of a zip archive, `archive.zip!member`.",
             "required", example=r"orders_{date}\.csv(\.gz)?"),
    Property("delivery", str,
             "What a file is: `partition`, the rows of its period; `full_snapshot`, everything as "
             "of its day; `delta_snapshot`, what has changed; `append`, rows without a period.",
             "required", ("partition", "full_snapshot", "delta_snapshot", "append"), "partition"),
    Property("rowIdentity", str,
             "What a row is: `key`, its primary key; `place`, its place in its delivery.",
             "`key` if a column is a `primaryKey`; otherwise it is required", ("key", "place"),
             "place"),
    Property("laterDeliveries", str,
             "What a row is that comes again in a later delivery: `revise`, a newer version; "
             "`add`, a conflict, unless its content is the same. Later is what ends on a later "
             "day, or else begins on one; a file without a date is of the night that loads it.",
             "`add`", ("add", "revise"), "revise"),
    Property("onConflict", str,
             "What happens to rows of one key with different content where later deliveries add, "
             "or in deliveries that have no order, such as the parts of a day: `stop` the night, "
             "or `set_aside` all of them until a correction.",
             "`stop`", ("stop", "set_aside"), "set_aside"),
    Property("exactDoubles", str,
             "Rows of a file that are equal in every column: `keep` all, `set_aside` all but the "
             "first, or `stop` the night.",
             "`stop` with a key, `keep` without", ("keep", "set_aside", "stop"), "set_aside"),
    Property("overlap", str,
             "Where rows have no key, the delivery from which a day counts that several have: "
             "`daily`, the one of fewer days, within the other; `bulk`, the one around it; "
             "`later`, the one that ends later, or else begins later. Needs `eventTime`.",
             "the night stops", ("daily", "bulk", "later"), "daily"),
    Property("deletionMark", str,
             "The column that marks a row of a snapshot as deleted: true, a number but 0, or a "
             "time. A text is a time or a word such as `Y`, `true`, `deleted`, or it does not "
             "delete, such as `N`, `0`, `false`; any other stops the night.",
             "no row is deleted", example="deleted_at"),
    Property("deletionValues", list,
             "The values of the `deletionMark` that delete, in upper or lower case; no other does.",
             "those that are understood", example=["left", "deceased"]),
    Property("absentAtMost", float,
             "The share of the active rows that a full snapshot may lack; more stop the night.",
             "0.1", example=0.25),
    Property("snapshotParts", list,
             "The parts (`{part}`) that make a full snapshot complete. Only from a complete one is "
             "anyone absent.", "those of the last complete one", example=["seoul", "busan"]),
    Property("emptyFiles", bool, "Whether a file without rows is accepted.", "`false`",
             example=True),
    Property("maxBytes", int, "The most bytes of a file once it is decompressed.", "4294967296",
             example=100_000_000),
    Property("finalNewline", bool,
             "Whether a last line without a newline means that the file is incomplete.",
             "`true` for lines of text", example=False),
)  # fmt: skip

MEANING = (
    Property("receivedIn", list,
             "The entities in which the rows arrive, each row in one of them, which is counted. "
             "The system has a staging model `stg_<system>__<entity>` for each.",
             "none", example=["order_lines", "refunds"]),
    Property("describes", list,
             "Entities about which the rows say something, such as the products of order lines, "
             "and of which the last row of a key counts; staging models as above.",
             "none", example=["products"]),
    Property("controlTotal", str,
             "An amount per row, whose sum is reconciled through all layers: a column, or an "
             "expression of columns, whole numbers, `+`, `-`, `*` and brackets.",
             "nothing is reconciled but rows", example="quantity * unit_price"),
    Property("eventTime", str, "The column with the time at which it happened.", "none",
             example="ordered_at"),
    Property("closedWeekdays", list,
             "Weekdays without a delivery.", "none", example=["saturday", "sunday"]),
    Property("closedDates", list,
             "Days without a delivery, single ones or periods.", "none",
             example=["2026-10-09", "2026-12-24..2027-01-02"]),
    Property("closedHolidays", str,
             "The country whose public holidays have no delivery: `KR`, or `DE-BY` for a "
             "subdivision.", "none", example="KR"),
)  # fmt: skip

FORMAT = (
    Property("format", str, "The format of its files.",
             "that of the pattern's ending: `.csv`, `.tsv`, `.jsonl`, `.ndjson`, `.json`, "
             "`.parquet`, `.avro`, `.xlsx`, `.log`", tuple(FORMATS), "json_lines"),
    Property("encoding", str,
             "The encoding of text, by name, such as `shift_jis`. Only a byte order mark overrules "
             "it.",
             "UTF-8, UTF-16 by its byte order mark, or CP949, whichever a file is",
             example="windows-1252"),
    Property("delimiter", str, "What separates the fields.", "`,`; a tab for `.tsv`", example=";"),
    Property("quote", str,
             "What encloses a field that contains a delimiter; an empty text if nothing does.",
             '`"`', example=""),
    Property("escape", str, "What precedes a quote inside a quoted field.", "the quote itself",
             example="\\"),
    Property("comment", str, "Lines that begin with it are not rows, so no row may.", "none",
             example="#"),
    Property("skipLines", int, "Lines before the header.", "0", example=2),
    Property("headerRows", int,
             "Rows of the header, of which the first has the names.", "1", example=2),
    Property("totalsRow", str,
             "A regular expression: rows whose whole first field matches are totals, counted and "
             "not loaded.", "none", example="Total|합계"),
    Property("nullWords", list,
             "Texts that mean no value, besides an empty field and, in CSV, `\\N`.", "none",
             example=["-", "N/A"]),
    Property("decimalMark", str, "What precedes the decimals of a number.", "`.`", example=","),
    Property("thousandsMark", str, "What separates thousands in a number.", "none", example=" "),
    Property("currencyMarks", list,
             "What may stand before or after a number, such as its currency; an amount with "
             "another is quarantined.", "none", example=["€", "EUR"]),
    Property("negative", list,
             "How numbers below zero are written besides `-5`: `brackets` (5), `trailing` 5-, "
             "`triangle` △5 or ▲5, `minus` with another sign for it, such as U+2212.", "none",
             example=["brackets"]),
    Property("dateFormat", str, "How dates are written (strptime).", "`%Y-%m-%d`",
             example="%d.%m.%Y"),
    Property("timestampFormat", str,
             "How times are written (strptime); `%z` reads an offset, or Z. Or a number since "
             "1970: `epoch_s`, `epoch_ms`, `epoch_us`.",
             "`%Y-%m-%dT%H:%M:%SZ`, without the Z if there is a `timeZone`",
             example="%Y-%m-%d %H:%M"),
    Property("timeZone", str,
             "The zone of times that are written without an offset; it must be that of letters "
             "such as KST at their end.", "`UTC`",
             example="Asia/Seoul"),
    Property("records", str,
             "Where the list of records is in a JSON document.",
             "the document is the list", example="data.orders"),
    Property("linePattern", str,
             "A regular expression for a line of text, with a named group for each column.",
             "required for the format `text`, refused for others",
             example=r"(?P<order_id>\S+) (?P<amount>\S+)"),
    Property("sheet", str, "The sheet of a workbook.", "the first", example="Orders"),
)  # fmt: skip

OF_STREAM = {each.name: each for each in (*DELIVERY, *MEANING, *FORMAT)}

OF_COLUMN = {
    each.name: each
    for each in (
        Property("formerNames", list,
                 "Names that the column had before, in files or in the lake.", "none",
                 example=["order_number", "Order No."]),
        Property("format", str,
                 "How this date or time is written, if not as elsewhere in the file (strptime, or "
                 "`epoch_s`, `epoch_ms`, `epoch_us`).",
                 "that of the stream", example="%Y/%m/%d"),
    )
}  # fmt: skip

OF_CONTRACT = {
    each.name: each
    for each in (
        Property("activeFrom", str,
                 "The first business day on which the system delivers; before it nothing is "
                 "missed.", "every day", example="2026-12-01"),
    )
}  # fmt: skip

KINDS = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    list: "a list of texts",
}


def read_properties(
    properties: Iterable[Any] | None, known: Mapping[str, Property], where: str
) -> dict[str, Any]:
    """Check custom properties against a list.

    Parameters
    ----------
    properties
        With ``property`` and ``value`` each.
    where
        Opens each message.

    Returns
    -------
    dict
        From name to value.

    Raises
    ------
    ContractError
        If one is unknown, given twice, of another kind or not among its choices.
    """
    given: dict[str, Any] = {}
    for custom in properties or ():
        name, value = custom.property, custom.value
        if name not in known:
            raise ContractError(
                f"{where}: the custom property {name} is unknown; the known ones are "
                f"{', '.join(known)}"
            )
        if name in given:
            raise ContractError(f"{where}: the custom property {name} is given twice")
        expected = known[name]
        if not _is_of(expected.kind, value):
            raise ContractError(f"{where}: {name} is {value!r}; it must be {KINDS[expected.kind]}")
        if expected.choices and value not in expected.choices:
            raise ContractError(
                f"{where}: {name} is {value!r}; it must be {' or '.join(expected.choices)}"
            )
        given[name] = value
    return given


def _is_of(kind: type, value: object) -> bool:
    if kind is list:
        return isinstance(value, list) and all(isinstance(each, str) for each in value)
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is kind
