"""Writes a company's own folder: what it says about itself, with an example of a system.

The company keeps it in its own version control, so Dangol is upgraded under it without a merge.
"""

from __future__ import annotations

import json
from pathlib import Path

from dangol.company_toml import read_company
from dangol.files import write_whole
from dangol.settings import Settings, SettingsError

EXAMPLE = Path(__file__).with_name("example")
"""What a company writes: a system's contract and staging models, an expectation, a README."""


def describe_company(settings: Settings, name: str, timezone: str, currency: str) -> list[Path]:
    """Write ``company.toml``, a README and an example system, which is a draft.

    Parameters
    ----------
    timezone
        The business time zone, as an IANA name.
    currency
        An ISO 4217 code.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    SettingsError
        If the company is described already, or a fact can't be used.
    """
    folder = settings.company_folder
    file = folder / "company.toml"
    if file.exists():
        raise SettingsError(f"{file} exists already: edit it instead")
    facts = {"name": name, "timezone": timezone, "currency": currency}
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in facts.items()]
    text = "\n".join([*lines, "# which of Dangol's own systems deliver", "systems = []", ""])
    write_whole(file, text.encode())
    try:
        read_company(file)
    except SettingsError:
        file.unlink()
        raise
    written = [file]
    for example in sorted(each for each in EXAMPLE.rglob("*") if each.is_file()):
        target = folder / example.relative_to(EXAMPLE)
        if not target.exists():
            write_whole(target, example.read_bytes())
            written.append(target)
    return written
