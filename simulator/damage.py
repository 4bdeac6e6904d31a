"""Applies incidents: to the rows before they are written, or to the bytes afterwards.

Changed values keep the correct value in a column ``_clean_<column>``, as typing errors do, so the
truth about rows needs only one mechanism.
"""

import gzip
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from simulator.company import DAY_MS, KOREA_AHEAD_MS
from simulator.forms import Csv, Form
from simulator.incidents import NEW_VALUES, Incident
from simulator.night import Connection
from simulator.packing import pack

MOMENT = r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}"


def damage_rows(
    connection: Connection, columns: list[str], form: Form, found: Sequence[Incident]
) -> list[Incident]:
    """Change the rows of the table ``exported``.

    Parameters
    ----------
    columns
        Its columns; for changed ones, a column with the correct values is added.
    form
        As the system writes it.
    found
        What goes wrong with the file.

    Returns
    -------
    list of Incident
        The ones that changed something.
    """
    struck = []
    for incident in found:
        name = incident.kind.name
        column = incident.kind.columns.get(incident.system, "")
        if name == "tracking_outage":
            first, last = outage(incident)
            gone = connection.execute(
                f'delete from exported where "_at_ms" between {first} and {last}'
            ).fetchone()
            if gone and gone[0]:
                # the remaining rows have to be numbered again
                connection.execute(
                    "create or replace temp table exported as from exported order by rowid"
                )
                struck.append(incident)
        if name == "in_cp949" and isinstance(form, Csv) and form.encoding == "utf-8":
            _lose_letters(connection, columns)
        if column in columns:
            _change(connection, columns, column, _changed(incident, column))
            struck.append(incident)
    return struck


def outage(incident: Incident) -> tuple[int, int]:
    """Return the period without tracking: two to eight hours of the day.

    Parameters
    ----------
    incident
        A ``tracking_outage``.

    Returns
    -------
    first, last
        UTC, in milliseconds since 1970-01-01, both inclusive: the same for all files of the day.
    """
    begins = incident.day * DAY_MS - KOREA_AHEAD_MS + int(incident.share(0.3, 0.6) * DAY_MS)
    return begins, begins + int((incident.choice >> 40) % 22 * 1_000_000 + 7_200_000)


def damage_form(
    connection: Connection, form: Form, columns: Sequence[str], found: Sequence[Incident]
) -> tuple[Form, list[str], list[Incident]]:
    """Change how rows are written: the columns and the encoding.

    Parameters
    ----------
    connection
        With the table ``exported``, whose columns may be renamed; one may be added.
    form
        As the system writes it.
    found
        What goes wrong with the file.

    Returns
    -------
    form, columns, struck
        The form, the columns in their order, and the incidents that changed something.
    """
    struck, columns = [], list(columns)
    for incident in found:
        name, at = incident.kind.name, incident.choice % len(columns)
        if not isinstance(form, Csv):
            break
        if name == "column_renamed":
            new = f"{columns[at]} (2)" if " " in columns[at] else f"{columns[at]}_new"
            connection.execute(f'alter table exported rename column "{columns[at]}" to "{new}"')
            columns[at] = new
        elif name == "column_added" and not form.more_headers:
            connection.execute("alter table exported add column remarks varchar default '-'")
            columns.insert(at, "remarks")
        elif name == "columns_reordered" and not form.more_headers and len(columns) > 1:
            at = 1 + incident.choice % (len(columns) - 1)
            columns = columns[at:] + columns[:at]
        elif name == "in_cp949" and form.encoding == "utf-8":
            form = replace(form, encoding="cp949", has_bom=False)
        else:
            continue
        struck.append(incident)
    return form, columns, struck


def damage_bytes(
    path: Path, found: Sequence[Incident], last_day: int
) -> tuple[list[Path], list[Incident]]:
    """Change a file that is written.

    Parameters
    ----------
    found
        What goes wrong with it.
    last_day
        The last night of the run: a file that is still being written then is truncated.

    Returns
    -------
    copies, struck
        Further files with the same content, and the incidents that changed something.
    """
    copies, struck = [], []
    for incident in found:
        name = incident.kind.name
        if name == "truncated" or (name == "unfinished" and incident.day == last_day):
            size = path.stat().st_size
            with path.open("r+b") as file:
                file.truncate(int(size * incident.share(0.55, 0.97)))
        if name == "sent_twice":
            copies.append(path)
        changes = name in {"truncated", "unfinished", "sent_twice"}
        if changes or (name == "in_nfd" and _decompose(path)):
            struck.append(incident)
    return copies, struck


def _changed(incident: Incident, column: str) -> str:
    """Return SQL for the column's changed value."""
    name, quoted = incident.kind.name, f'"{column}"'
    if name == "prices_times_100":
        digits = f"regexp_extract({quoted}::varchar, '[0-9][0-9,.]*')"
        plain = f"replace({digits}, ',', '')"
        part = f"if({plain} like '%.%', length(split_part({plain}, '.', 2)), 0)"
        whole = f"(100 * {plain}::decimal(30, 6))"
        raised = f"if({part} = 0, {whole}::bigint::varchar, printf('%.*f', {part}, {whole}))"
        return (
            f"if({digits} = '', {quoted}::varchar, replace({quoted}::varchar, {digits}, {raised}))"
        )
    if name == "clock_nine_hours_off":
        moment = f"regexp_extract({quoted}::varchar, '{MOMENT}')"
        form = "'%Y-%m-%d %H:%M:%S'"
        plain = f"replace({moment}, 'T', ' ')"
        moved = f"strftime(try_strptime({plain}, {form}) - interval 9 hours, {form})"
        shaped = f"if(position('T' in {moment}) > 0, replace({moved}, ' ', 'T'), {moved})"
        return f"if({moment} = '', {quoted}, replace({quoted}::varchar, {moment}, {shaped}))"
    if name == "new_value":
        value = NEW_VALUES[incident.system]
        return (
            f"if({quoted} is not null and rowid % 7 = {incident.choice % 7}, '{value}', {quoted})"
        )
    if name == "all_granted":
        return f"if({quoted} is null, null, 'granted')"
    if name == "currency_mixed_up":
        return f"if({quoted} is null, null, 'USD')"
    # ids_swapped: two neighbouring rows swap theirs
    place = f"({incident.choice % 1009} % greatest((select count(*) from exported) - 1, 1))"
    other = f'(select other."{column}" from exported as other where other.rowid = '
    return (
        f"case exported.rowid when {place} then {other} {place} + 1) "
        f"when {place} + 1 then {other} {place}) else {quoted} end"
    )


def _change(connection: Connection, columns: list[str], column: str, expression: str) -> None:
    """Replace a column's values; keep the correct ones in a new column unless there is one."""
    clean = f"_clean_{column}"
    right = f'if(({expression}) is distinct from "{column}", "{column}"::varchar, null)'
    changed, added = f'{expression} as "{column}"', f', {right} as "{clean}"'
    if clean in columns:
        changed, added = f'{changed}, coalesce("{clean}", {right}) as "{clean}"', ""
    else:
        columns.append(clean)
    connection.execute(f"""
        create or replace temp table exported as
        select * replace ({changed}){added} from exported order by rowid
    """)


def _lose_letters(connection: Connection, columns: list[str]) -> None:
    """Replace what CP949 can't encode, as Windows does: the won sign becomes a backslash."""
    for column in [name for name in columns if not name.startswith("_")]:
        letters = connection.execute(
            f"""select distinct unnest(string_split("{column}"::varchar, '')) from exported
            where strlen("{column}"::varchar) > length("{column}"::varchar)"""
        ).fetchall()
        lost = "".join(letter for (letter,) in letters if not _is_in_cp949(letter))
        if lost:
            told = "".join("\\" if letter == "₩" else "?" for letter in lost)
            changed = f"translate(\"{column}\"::varchar, '{lost}', '{told}')"
            _change(connection, columns, column, changed)


def _is_in_cp949(letter: str) -> bool:
    try:
        letter.encode("cp949")
    except UnicodeEncodeError:
        return False
    return True


def _decompose(path: Path) -> bool:
    """Decompose Hangul (NFD), as files from a Mac do; return whether the file had any."""
    content = path.read_bytes()
    packed = content[:2] == b"\x1f\x8b"
    try:
        text = (gzip.decompress(content) if packed else content).decode()
    except UnicodeDecodeError:
        return False
    apart = unicodedata.normalize("NFD", text)
    if apart == text:
        return False
    changed = apart.encode()
    path.write_bytes(pack(changed) if packed else changed)
    return True
