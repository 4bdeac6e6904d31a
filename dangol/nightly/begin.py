"""The first step of a night: prepares the home and records files that no contract describes."""

from __future__ import annotations

import logging
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import closing

from dangol import records
from dangol.contracts.reading import contract_problems, load_contracts
from dangol.extract.landing import Landing
from dangol.extract.listing import unclaimed_files
from dangol.faults import crash_point
from dangol.files import PART_SUFFIX, private_folder, remove_leftovers
from dangol.id_keys import check_key
from dangol.night import Night
from dangol.settings import Settings

log = logging.getLogger(__name__)

NAMING = "dangol loads --unclaimed"
"""The command that names the files that no contract describes."""

OTHERS = "other folders"
"""What those are called that are no system's."""


def begin(settings: Settings, night: Night) -> dict[str, object]:
    """Remove what a killed run left, and record the files that no contract describes.

    Returns
    -------
    dict
        The number of leftovers and of unclaimed files.

    Raises
    ------
    SettingsError
        If the company is not described.
    LandingError
        If its landing zone does not exist or can't be reached.
    IdKeyError
        If the secret of ids is not the one of the last publication.
    """
    settings.need_company()
    company = settings.company
    log.info(
        "%s, business days in %s, amounts in %s: the night of %s",
        company.name, company.timezone, company.currency, night.business_date,
    )  # fmt: skip
    for folder in (settings.home, settings.lake, settings.warehouse, settings.ops, settings.models):
        private_folder(folder)
    if settings.landing == str(settings.home / "landing"):
        private_folder(settings.home / "landing")
    if change := check_key(settings):
        log.warning("%s", change)
    with closing(Landing(settings.landing)) as landing:
        landing.check()  # that it is missing is different from being empty
        leftovers = _clear_leftovers(settings)
        unclaimed = list(_unclaimed_files(settings, landing))
    counts = Counter((file["folder"], file["reason"]) for file in unclaimed)
    for (place, reason), count in sorted(counts.items()):
        log.warning("%d unclaimed in %s: %s; `%s` names them", count, place, reason, NAMING)
    records.record(settings, "unclaimed_files", night.business_date, "begin", unclaimed)
    crash_point("begin.recorded")
    return {"leftovers": leftovers, "unclaimed_files": len(unclaimed)}


def _clear_leftovers(settings: Settings) -> int:
    """Remove what a killed run left: half-written files and its scratch space."""
    if settings.work.exists():
        shutil.rmtree(settings.work)
    # only the pipeline's folders: senders of exports and Airflow have temporary files too
    folders = [
        each
        for each in (settings.lake, settings.warehouse, settings.ops, settings.models,
                     settings.dbt, settings.data_docs, settings.pages, settings.home / "reports",
                     settings.home / "extensions")
        if each.is_dir()
    ]  # fmt: skip
    leftovers = [
        each
        for each in settings.home.glob(f".*{PART_SUFFIX}*")
        if each.is_symlink() or not each.is_dir()
    ]
    for leftover in leftovers:
        leftover.unlink()
    return len(leftovers) + sum(map(remove_leftovers, folders))


def _unclaimed_files(settings: Settings, landing: Landing) -> Iterator[dict[str, str]]:
    """Find files in the landing zone that no contract describes.

    Yields
    ------
    dict
        ``system`` and ``file``, names that may be a person's; the ``reason``; and ``folder``, what
        logs and pages say, which many read.
    """
    contracts, problems = load_contracts(settings), contract_problems(settings)
    for system in landing.systems():
        contract = contracts.get(system)
        if contract is None:
            shown = system.encode(errors="backslashreplace").decode()  # a name may not be text
            folder = f"{shown}/" if system in problems else OTHERS
            reason = problems.get(system, "no active contract describes this system")
            yield {"system": shown, "file": "*", "reason": reason, "folder": folder}
            continue
        for file in unclaimed_files(landing, system, contract.streams):
            reason = file.refusal or "its name matches no stream of the contract"
            yield {
                "system": system, "file": file.name, "reason": reason, "folder": f"{system}/"
            }  # fmt: skip
