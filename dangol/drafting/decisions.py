"""What samples can't say, with what the draft assumes and how to find out."""

from __future__ import annotations

from dangol.drafting.plan import Plan
from dangol.drafting.times import last_days_are_empty


def decide_owner(plan: Plan) -> int:
    """Note the owner as a decision, and return its number."""
    return plan.decide(
        "Who owns the export",
        "unknown",
        "Name the team that answers when a file is wrong; the gates' messages name it.",
    )


def decide_rows(plan: Plan) -> int:
    """Note what a row is as a decision, and return its number."""
    key = plan.keys.key
    default = (
        f"its key: {key.names} is unique within each sample" if key
        else "its place in its delivery: nothing that looks like an id is unique within a file"
    )  # fmt: skip
    return plan.decide(
        "What a row is",
        default,
        "Ask the owner what is unique within a file, and mark those columns primaryKey; if "
        "nothing is, remove primaryKey and declare rowIdentity: place. Say in the description "
        "what one row is.",
    )


def decide_frequency(plan: Plan, is_daily: bool) -> int:
    """Note how often files come as a decision, and return its number."""
    return plan.decide(
        "How often files come",
        "daily, as in the samples: the raw gate warns when one is overdue, and stops after three"
        if is_daily
        else "no promise: the samples are too few to tell, and no file is ever overdue",
        "Write the days between two files as slaProperties in the contract (frequency, unit d), "
        "and what is closed as closedWeekdays, closedDates or closedHolidays.",
    )


def decide_doubles(plan: Plan) -> None:
    """Note as a decision what rows are that repeat another in every column, if there are any."""
    if plan.keys.doubles:
        plan.decide(
            "What rows are that repeat another of their file in every column",
            f"rows like any other: {plan.keys.doubles:,} of them count",
            "A product that was scanned twice is two rows. If the export repeats rows by mistake, "
            "declare exactDoubles: set_aside.",
        )


def decide_properties(plan: Plan) -> dict[str, int]:
    """Note what samples can't say about the properties, and return the decisions' numbers."""
    found: dict[str, int] = {}
    if plan.local_times:
        names = ", ".join(column.header for column in plan.local_times)
        found["timeZone"] = plan.decide(
            "In which time zone times are",
            f"{plan.time_zone}, the company's: no value names its zone in {names}",
            "Compare the latest times of a day with the opening hours: times in UTC end too early "
            "or too late.",
        )
    for column in plan.columns.each:
        if column.written and column.written.others:
            other = " or ".join(column.written.others)
            number = plan.decide(
                f"Whether {column.header} begins with the day or with the month",
                f"{column.written.format}: no sample has a day above 12 that would tell it from "
                f"{other}",
                "Look for a file from the second half of a month, or ask the owner; then change "
                "the format in the contract.",
            )
            found["dateFormat" if column.sql_type == "DATE" else "timestampFormat"] = number
    refused = any(column.is_refused for column in plan.columns.each)
    if plan.columns.marks.doubtful:
        names = ", ".join(plan.columns.each[place].header for place in plan.columns.marks.doubtful)
        plan.decide(
            "Whether a mark before three digits groups thousands",
            f"nothing: {names} stays text, as 1.500 may be one and a half or fifteen hundred"
            if refused
            else f"in {names} it is read as {_marks_in_words(plan)}",
            "A single amount that you know from the system's own screens tells. Set decimalMark "
            "and thousandsMark, the column's physicalType (DECIMAL(18,4)), and the amount in the "
            "staging model.",
        )
    if mixed := plan.columns.marks.mixed:
        names = ", ".join(plan.columns.each[place].header for place in mixed)
        plan.decide(
            "Which currency each amount is in",
            f"nothing: {names} stays text, as its amounts are in several currencies, or in another "
            "than those of other columns",
            "Amounts are in one currency. Ask for an export in one, or set the other rows aside.",
        )
    event = plan.event
    written = event.written if event else None
    if event and written and last_days_are_empty(plan.profile, event.place, written.format):
        found["filePattern"] = plan.decide(
            "Whether a file is for the last day of its name",
            f"yes, although no sample has a row of that day in {event.header}",
            "If it is the day after, a file is for one day: write {date} in the place of {from} in "
            "filePattern, and [-0-9]{10} in that of {to}.",
        )
    if "{exported}" in plan.names.pattern:
        number = plan.decide(
            "What the time in a file's name is",
            "when it was exported ({exported}): a day that is exported again under another time is "
            "refused until one of the two is removed",
            "If each file is a part of its day, such as an hour of a till, write {part} in its "
            "place.",
        )
        found.setdefault("filePattern", number)
    if mark := plan.deletion_mark:
        found["deletionMark"] = plan.decide(
            f"What {mark.header} says of a row",
            "that it is deleted if it is true, a time, or a word such as Y; a word that is not "
            "understood stops the night",
            "Ask for all of its values: list those that delete as deletionValues, or remove "
            "deletionMark if none does.",
        )
    if plan.names.has_period:
        found["delivery"] = _delivery_decision(plan)
    else:
        found["delivery"] = plan.decide(
            "Which days a file covers",
            "none: its name has no date that Dangol reads (2026-01-31, 20260131), so each file "
            "adds rows, on the day it is loaded",
            "Ask for names with the business day, such as orders_2026-01-31.csv; then use {date} "
            "in filePattern and delivery: partition.",
        )
    return found


def _marks_in_words(plan: Plan) -> str:
    marks = plan.columns.marks.notation
    return f"{marks.decimal!r} for decimals and {marks.thousands or 'nothing'!r} for thousands"


def _delivery_decision(plan: Plan) -> int:
    if plan.is_snapshot:
        return plan.decide(
            "Whether a file lists everything or only what has changed",
            "only what has changed: nothing is taken for ended because a file lacks it",
            "If each file has all rows, declare delivery: full_snapshot: who is absent then "
            "counts as inactive.",
        )
    key = plan.keys.key
    if key is None:
        default = "no: rows are told by their place, so a row that is sent twice counts twice"
        if (tried := plan.keys.tried[:1]) and tried[0].again:
            default += f". But {tried[0].again:,} values of {tried[0].names} are in several files"
    elif key.changed:
        default = (
            f"no: a conflict stops the night. But {key.changed:,} of {key.again:,} keys that come "
            "again have other content"
        )
    elif key.again:
        default = f"no: {key.again:,} keys come again, all with the same content"
    else:
        default = "no: no key comes again in these samples"
    return plan.decide(
        "Whether later files change the rows of earlier ones",
        default,
        "If orders are exported until they are done, declare laterDeliveries: revise, which needs "
        "a key. If a system starts its numbers anew, add the day or the store to the key.",
    )
