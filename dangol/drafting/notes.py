"""Writes what was seen of a stream's samples, and what they can't say. It quotes no value."""

from __future__ import annotations

from collections.abc import Sequence

from dangol import ledger
from dangol.contracts.formats import FORMATS
from dangol.drafting.columns import Seen
from dangol.drafting.lines import Model
from dangol.drafting.plan import Plan, closed_weekdays, days_of
from dangol.ledger import Load


def render_notes(plan: Plan, models: Sequence[Model]) -> str:
    """Return the notes of a draft, as Markdown."""
    parts = [
        f"# What was seen of {plan.system}.{plan.stream}",
        "Written by `dangol source draft` from samples; it quotes no value of them. Correct it, or "
        "delete it once the\ndecisions are made.",
        "## To decide",
        *(_decision(number, *each) for number, each in enumerate(_decisions(plan), 1)),
        "## The files",
        _list(file_facts(plan)),
        "## The rows",
        _list(row_facts(plan, models)),
        "## The columns",
        _columns(plan),
    ]
    if people := [column for column in plan.columns.each if column.is_personal]:
        parts += [
            "## Personal data",
            "In doubt a column counts as personal: its values are masked in logs and reports. "
            "Where that is too careful,\nremove its `classification`.",
            _list([f"`{each.header}`: {each.classification}, as {each.why}" for each in people]),
        ]
    return "\n\n".join(parts) + "\n"


def _decisions(plan: Plan) -> list[tuple[str, str, str]]:
    plan.decide(
        "Which currency amounts are in",
        f"{plan.currency}, the company's"
        + (
            f"; {plan.columns.meaning('currency').header} names one for each row"  # type: ignore[union-attr]
            if plan.columns.meaning("currency")
            else ""
        ),
        "Amounts of other currencies are not converted: give such rows a set_aside_reason.",
    )
    plan.decide(
        "What each column means",
        "its name says it, where the contract has a description; the others are not described yet",
        "Ask the owner, and write it into `description`: it becomes the data dictionary.",
    )
    return [(each.title, each.default, each.how) for each in plan.decisions]


def _decision(number: int, title: str, default: str, how: str) -> str:
    return f"{number}. **{title}.** The draft assumes: {default}. {how}"


def file_facts(plan: Plan) -> list[str]:
    """Return what was seen of the files, a sentence each."""
    samples, names, dialect = plan.samples, plan.names, plan.dialect
    count = len(samples.each)
    encodings = sorted({sample.encoding for sample in samples.each if sample.encoding})
    facts = [
        f"{counted(count, 'file')} in {FORMATS[plan.kind].title}"
        + (f", encoded in {', '.join(encodings)}" if encodings else ""),
        f"`filePattern`: `{names.pattern}`",
    ]
    if names.days:
        facts.append(f"days from {min(names.days)} to {max(names.days)}, by their names")
    if dialect:
        marks = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
        if plan.kind == "csv":
            mark = marks.get(dialect.delimiter, dialect.delimiter)
            facts.append(f"fields are separated by {mark}")
        facts.append(
            f"{counted(dialect.skip_lines, 'line')} before the header, which has "
            f"{counted(dialect.header_rows, 'row')}"
        )
        if dialect.comment:
            facts.append(f"lines that begin with `{dialect.comment}` are comments")
        if dialect.total:
            facts.append(
                f"rows whose first field is `{dialect.total}` are totals, and are not loaded"
            )
    if len(plan.files.sheets) > 1:
        facts.append(
            f"{len(plan.files.sheets)} sheets, of which the first is read; to read another, name "
            "it in the contract (`sheet`)"
        )
    if plan.files.records:
        facts.append(f"the records are at `{plan.files.records}`")
    if samples.left_out:
        facts.append(
            f"members of the archives that were left out: {len(samples.left_out)}; they are "
            "streams of their own"
        )
    if not all(sample.ends_in_newline for sample in samples.each) and plan.kind == "csv":
        facts.append("the last line has no newline, so a file that is cut off can't be noticed")
    days = days_of(plan)
    if closed := closed_weekdays(days):
        facts.append(
            f"no {' and no '.join(closed)} in {(days[-1] - days[0]).days + 1} days: closed?"
        )
    skipped = sum(load.rows_skipped for load in plan.profile.loads)
    if skipped:
        facts.append(
            f"no rows, but skipped: {counted(skipped, 'line')} (before the header, blank, "
            "comments, repeated headers, totals, delimiters alone)"
        )
    for name, filled in plan.profile.padding.items():
        said = f"values there: {filled:,}" if filled else "it is empty"
        facts.append(f"{name} has no name; {said}")
    return facts + [
        f"{load.file}: {_looked_at(plan, load)}" for load in plan.profile.loads if load.reason
    ]


def _looked_at(plan: Plan, load: Load) -> str:
    if plan.is_snapshot and load.status == ledger.REFUSED and load.contender:
        return f"the same content as {load.contender}, so it was looked at once"
    return load.reason


def row_facts(plan: Plan, models: Sequence[Model]) -> list[str]:
    """Return what was seen of the rows, a sentence each."""
    profile, keys = plan.profile, plan.keys
    facts = [f"rows read: {profile.rows:,}"]
    facts += [
        f"rows that can't be read: {count:,}, as {why}" for why, count in profile.bad_rows.items()
    ]
    facts.append(f"they become {' and '.join(model.entity.name for model in models)}")
    if keys.key:
        facts.append(f"{keys.key.names} is unique within each file: it is the key of the draft")
        if len(plan.samples.each) > 1:
            facts.append(
                f"values of it that come again in other files: {keys.key.again:,}, "
                f"{keys.key.changed:,} with other content"
            )
    for tried in keys.tried:
        kind = "pair" if len(tried.columns) == 2 else "value"
        facts.append(f"{tried.names} repeats on {counted(tried.repeated, kind)}")
    if not keys.key:
        facts.append("no key was found: the draft declares rows by place")
    if profile.rows < 50:
        facts.append("so few rows say little about what is unique: draft again from more")
    facts.append(f"rows that repeat an earlier row of their file exactly: {keys.doubles:,}")
    for column in plan.columns.each:
        if column.negative:
            facts.append(
                f"{column.header} is negative in {counted(column.negative, 'row')}: refunds or "
                "corrections?"
            )
    return facts


def _columns(plan: Plan) -> str:
    head = (
        "| column | ours | type | empty | different values | what was seen |\n"
        "|---|---|---|---:|---:|---|"
    )
    rows = [
        f"| `{column.header.replace('|', chr(92) + '|')}` | `{column.name}` | {column.sql_type} | "
        f"{1 - column.filled / plan.profile.rows:.1%} | {column.distinct:,} | "
        f"{_seen(plan, column)} |"
        for column in plan.columns.each
    ]
    text = "\n".join([head, *rows])
    if plan.columns.null_words:
        words = ", ".join(f"`{word}`" for word in plan.columns.null_words)
        text += f"\n\nThese mean no value: {words}."
    return text


def _seen(plan: Plan, column: Seen) -> str:
    facts = []
    if column.meaning:
        facts.append(f"means {column.meaning}")
    if column.written:
        facts.append(f"written as `{column.written.format}`")
        if column.written.others:
            facts.append(f"or `{'`, `'.join(column.written.others)}`: day or month first?")
    if column.misfits:
        facts.append(f"{column.misfits:,} values do not fit and will be quarantined")
    if column.number and column.sql_type.startswith("DECIMAL"):
        marks = plan.columns.marks.notation
        thousands = f", thousands by `{marks.thousands}`" if marks.thousands else ""
        facts.append(f"decimals after `{marks.decimal}`{thousands}")
    if column.is_refused:
        facts.append("left as text: its numbers can be read in two ways (see what to decide)")
    if column.is_list:
        facts.append("lists or objects, kept as JSON: if they are the lines of an order, ask for "
                     "an export with one row a line")  # fmt: skip
    if column.is_personal:
        facts.append(column.classification)
    return "; ".join(facts)


def _list(facts: Sequence[str]) -> str:
    return "\n".join(f"- {fact}" for fact in facts)


def counted(count: int, what: str) -> str:
    """Return a number with its noun, such as ``1 row`` or ``1,200 rows``."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"
