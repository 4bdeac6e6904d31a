"""What is true of each file format, whatever a contract says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FormatFacts:
    """Facts about a format.

    Parameters
    ----------
    title
        Its name, for people.
    endings
        Of file names.
    is_lines
        Whether a row is a line of text, or several, which a person can edit as it is.
    is_text
        Whether files are text, in an encoding.
    has_nulls
        Whether it tells no value from an empty text.
    has_times
        Whether it has dates and times of its own.
    """

    title: str
    endings: tuple[str, ...] = ()
    is_lines: bool = False
    is_text: bool = False
    has_nulls: bool = False
    has_times: bool = False


FORMATS = {
    "csv": FormatFacts("CSV", ("csv", "tsv"), is_lines=True, is_text=True),
    "json_lines": FormatFacts(
        "JSON lines", ("jsonl", "ndjson"), is_lines=True, is_text=True, has_nulls=True
    ),
    "json": FormatFacts("JSON documents", ("json",), is_text=True, has_nulls=True),
    "parquet": FormatFacts("Parquet", ("parquet",), has_nulls=True, has_times=True),
    "avro": FormatFacts("Avro", ("avro",), has_nulls=True, has_times=True),
    "text": FormatFacts("lines of text", ("log",), is_lines=True, is_text=True),
    "xlsx": FormatFacts("XLSX", ("xlsx",), has_times=True),
}
ENDINGS = {ending: kind for kind, facts in FORMATS.items() for ending in facts.endings}
"""The format that the ending of a file's name means."""
