"""Finds SQL that DuckDB and Spark interpret differently, as far as the text shows it.

Run as ``python tools/dialect_lint.py dbt_project``. It reads models and macros without rendering
them: comments, strings and Jinja are blanked out, and strings inside Jinja, which may be SQL, are
checked separately. The files in ``macros/dialect`` are skipped: engine-specific SQL belongs there.
What only a run shows (nulls, ties, types) is left to ``make test-spark``. The rules are described
in docs/two-engines.md.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dialect_habits import FUNCTIONS, HOMES, ONLY_IN_SQL, PATTERNS, TYPES, TYPES_OF_BOTH


@dataclass(frozen=True, order=True)
class Finding:
    """A place in a file.

    Parameters
    ----------
    line
        Counted from 1.
    found
        The offending SQL.
    instead
        What to write.
    """

    line: int
    found: str
    instead: str


def lint_sql(text: str, macro: str = "") -> list[Finding]:
    """Find what the two engines interpret differently.

    Parameters
    ----------
    text
        An unrendered model or macro.
    macro
        The macro that the file defines, if any.

    Returns
    -------
    list of Finding
        In the order of the lines.
    """
    sql, fragments = strip(text)
    found = {
        *_lint_code(sql, of_jinja=False),
        *(finding for part in fragments for finding in _lint_code(part, of_jinja=True)),
    }
    return sorted(each for each in found if macro not in HOMES.get(each.found, set()))


def lint_yaml(text: str) -> list[Finding]:
    """Find types that one of the engines lacks.

    Returns
    -------
    list of Finding
        In the order of the lines.
    """
    return [
        Finding(number, f"data_type: {kind[1].strip()}", TYPES_OF_BOTH)
        for number, line in enumerate(text.splitlines(), start=1)
        if (kind := re.search(r"""\bdata_type:\s+("[^"]*"|\w+\([^)]*\)|[^,}]*)""", line))
        and not TYPES.match(kind[1].strip())
    ]


def _lint_code(code: str, of_jinja: bool) -> Iterator[Finding]:
    for match in re.finditer(r"\b(\w+)\s*\(", code):
        if instead := FUNCTIONS.get(match[1].lower()):
            yield Finding(_line(code, match.start()), f"{match[1].lower()}()", instead)
    for pattern, (name, instead) in PATTERNS.items():
        if of_jinja and name in ONLY_IN_SQL:
            continue
        for match in re.finditer(pattern, code, re.IGNORECASE):
            yield Finding(_line(code, match.start()), match.expand(name).lower(), instead)
    for match in re.finditer(r"\bany_value\s*\(", code, re.IGNORECASE):
        rest = code[_closing(code, match.end()) :]
        if not re.match(r"\s*filter\s*\(\s*where\s[^()]*\bis\s+not\s+null\b", rest, re.IGNORECASE):
            instead = "max, or any_value(x) filter (where x is not null)"
            yield Finding(_line(code, match.start()), "any_value()", instead)
    for match in re.finditer(r"\border\s+by\b(?!\s+all\b)", code, re.IGNORECASE):
        for start, item in _items(code, match.end()):
            if not re.search(r"\bnulls\s+(first|last)$|\bis\s+(not\s+)?null$|^j$", item):
                yield Finding(_line(code, start), f"order by {item}", "nulls first or nulls last")


def _items(code: str, start: int) -> Iterator[tuple[int, str]]:
    """Yield the items of an `order by`, up to the parenthesis or keyword that ends it."""
    depth, begin, position = 0, start, start
    ends = re.compile(r"\b(rows|range|groups|limit|offset|union|window)\b|;", re.IGNORECASE)
    while position <= len(code):
        character = code[position] if position < len(code) else ")"
        ended = depth == 0 and (character == ")" or ends.match(code, position))
        if ended or (depth == 0 and character == ","):
            item = " ".join(code[begin:position].lower().split())
            if item:
                yield begin + len(code[begin:position]) - len(code[begin:position].lstrip()), item
            begin = position + 1
        if ended:
            return
        depth += {"(": 1, ")": -1}.get(character, 0)
        position += 1


def _closing(code: str, start: int) -> int:
    """Return the place behind the parenthesis that closes the one before `start`."""
    depth = 1
    for position in range(start, len(code)):
        depth += {"(": 1, ")": -1}.get(code[position], 0)
        if depth == 0:
            return position + 1
    return len(code)


def _line(code: str, position: int) -> int:
    return code.count("\n", 0, position) + 1


_TOKEN = re.compile(
    r"""
    (?P<jinja_comment>\{\#.*?\#\})
    | (?P<statement>\{%(?:'[^']*'|"[^"]*"|.)*?%\})
    | (?P<expression>\{\{(?:'[^']*'|"[^"]*"|.)*?\}\})
    | (?P<comment>--[^\n]*|/\*.*?\*/)
    | (?P<string>'(?:''|\{\{.*?\}\}|[^'])*')
    | (?P<name>"[^"]*")
    """,
    re.VERBOSE | re.DOTALL,
)
_JINJA_STRING = re.compile(r"'([^']*)'|\"([^\"]*)\"")


def strip(text: str) -> tuple[str, list[str]]:
    """Blank out what is not SQL, line by line and column by column.

    Parameters
    ----------
    text
        An unrendered model or macro.

    Returns
    -------
    sql : str
        As long as the text. Jinja expressions are replaced by ``j``, strings by ``''``, quoted
        names by ``q``.
    fragments : list of str
        Each string inside Jinja, padded with blanks to the length of the text.
    """
    fragments = []

    def blank(part: str, first: str = "", last: str = "") -> str:
        spaces = re.sub(r"[^\n]", " ", part)
        return first + spaces[len(first) : len(spaces) - len(last)] + last

    def replace(match: re.Match[str]) -> str:
        part = match[0]
        if match["statement"] or match["expression"]:
            for inner in _JINJA_STRING.finditer(part):
                start, end = (match.start() + place for place in inner.span(inner.lastindex or 0))
                fragments.append(blank(text[:start]) + text[start:end] + blank(text[end:]))
        if match["expression"]:
            return blank(part, "j")
        if match["string"]:
            return blank(part, "'", "'")
        return blank(part, "q") if match["name"] else blank(part)

    return _TOKEN.sub(replace, text), fragments


def lint_file(file: Path) -> list[Finding]:
    """Lint one file of the dbt project.

    Parameters
    ----------
    file
        SQL or YAML.

    Returns
    -------
    list of Finding
        Empty for other files and for the macros in ``macros/dialect``.
    """
    text = file.read_text(encoding="utf-8")
    if file.suffix in {".yml", ".yaml"}:
        return lint_yaml(text)
    if file.suffix != ".sql" or file.parts[-3:-1] == ("macros", "dialect"):
        return []
    return lint_sql(text, file.stem if "macros" in file.parts else "")


def main(arguments: list[str]) -> int:
    """Lint files and folders, and print what is found.

    Returns
    -------
    int
        The exit code: 1 if anything was found.
    """
    files = [
        file
        for path in map(Path, arguments)
        for file in (sorted(path.rglob("*")) if path.is_dir() else [path])
        if file.is_file()
    ]
    found = [(file, finding) for file in files for finding in lint_file(file)]
    for file, finding in found:
        sys.stdout.write(f"{file}:{finding.line}: {finding.found} — write {finding.instead}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
