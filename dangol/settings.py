"""Every path and environment variable of the pipeline, read once.

All state of one company is under ``DANGOL_HOME``; two companies are two homes and the same code.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from dangol.addresses import copy_address_of, landing_of
from dangol.variables import SettingsError as SettingsError
from dangol.variables import group, is_yes, secret_key, whole_number

PROJECT_ROOT = Path(__file__).resolve().parents[1]
"""The checkout: ``sources/``, ``dbt_project/`` and ``dags/`` are found from here."""

SOURCES = PROJECT_ROOT / "sources"
"""The contracts of Dangol's own systems."""


@dataclass(frozen=True)
class Company:
    """The contents of ``company.toml`` in the company's own folder.

    Parameters
    ----------
    name
        As shown in reports; empty if the company is not described yet.
    timezone
        The business time zone, where a day begins. An IANA name.
    currency
        ISO 4217 code of every published amount.
    schedule_timezone
        The time zone in which the night starts at 02:00: the team's, which may differ.
    systems
        Those of Dangol's own systems that deliver to this company.
    """

    name: str
    timezone: str
    currency: str
    schedule_timezone: str = ""
    systems: tuple[str, ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        """The business time zone as an object."""
        return ZoneInfo(self.timezone)

    @property
    def schedule_zone(self) -> str:
        """The time zone in which the night starts."""
        return self.schedule_timezone or self.timezone

    @property
    def is_described(self) -> bool:
        """Whether there is a ``company.toml``."""
        return bool(self.name)


UNDESCRIBED = Company("", "UTC", "")
"""A company without a ``company.toml``: commands that need no day work, nights refuse."""


@dataclass(frozen=True)
class Settings:
    """Where one company's state is and how much of the machine the pipeline may use.

    Parameters
    ----------
    home
        The one folder with all state.
    landing
        Where exports arrive: a folder, or an address without secrets (`landing_of`).
    own_folder
        Where the company's own folder is, if not in the home.
    keep_publications
        How many publications stay on disk; at least 3, so that slow readers keep their file.
    memory_limit
        Of one DuckDB connection, in DuckDB's notation.
    threads
        Of one DuckDB connection.
    readers_group
        The number of the group of accounts that may read publications; None if there is none.
    has_parquet
        Whether each publication also has its tables as Parquet files.
    copy_to
        The ``s3://`` address to which publications are copied; may be empty.
    id_key
        The secret that ids are made with; empty if the home has it in a file.
    """

    home: Path
    landing: str
    company: Company
    own_folder: Path | None = None
    keep_publications: int = 7
    memory_limit: str = "1GB"
    threads: int = 2
    readers_group: int | None = None
    has_parquet: bool = False
    copy_to: str = ""
    id_key: str = field(default="", repr=False)

    @property
    def company_folder(self) -> Path:
        """What the company says about itself: ``company.toml`` and its own systems."""
        return self.own_folder or self.home / "company"

    def need_company(self) -> None:
        """Raise a `SettingsError` if there is no ``company.toml``."""
        if not self.company.is_described:
            raise SettingsError(
                f"{self.company_folder / 'company.toml'} is missing, or this account may not read "
                "it, so the company's time zone and currency are unknown: `dangol init --name … "
                "--timezone … --currency …` writes it"
            )

    @property
    def lake(self) -> Path:
        """Typed Parquet, the ledger and the quarantine."""
        return self.home / "lake"

    @property
    def raw(self) -> Path:
        """``raw/<system>/<stream>/load_date=…/*.parquet``."""
        return self.lake / "raw"

    @property
    def quarantine(self) -> Path:
        """Rows that could not be loaded, with reason and original text."""
        return self.lake / "quarantine"

    @property
    def work(self) -> Path:
        """Private scratch space of the current run; emptied by the next."""
        return self.home / "work"

    @property
    def warehouse(self) -> Path:
        """The build file, the publications and the pointer to the current one."""
        return self.home / "warehouse"

    @property
    def build_file(self) -> Path:
        """The private DuckDB file that the night builds in."""
        return self.warehouse / "build.duckdb"

    @property
    def publications(self) -> Path:
        """One folder per publication, which never changes."""
        return self.warehouse / "publications"

    @property
    def published_file(self) -> Path:
        """The pointer that readers open."""
        return self.warehouse / "dangol.duckdb"

    @property
    def ops(self) -> Path:
        """What the nights recorded about themselves: gates, dbt models, publications."""
        return self.home / "ops"

    @property
    def models(self) -> Path:
        """Trained models, their metrics and cards."""
        return self.home / "models"

    @property
    def airflow_home(self) -> Path:
        """Airflow's own folder; contains no business state."""
        return self.home / "airflow"

    @property
    def dbt(self) -> Path:
        """The target and log folders of dbt."""
        return self.home / "dbt"

    @property
    def data_docs(self) -> Path:
        """The Data Docs of Great Expectations."""
        return self.home / "data_docs"

    @property
    def pages(self) -> Path:
        """What people look at: a page for each night, and dbt's documentation."""
        return self.home / "pages"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read settings from environment variables and ``company.toml``.

        Parameters
        ----------
        environment
            Usually ``os.environ``.

        Returns
        -------
        Settings
            With absolute paths.

        Raises
        ------
        SettingsError
            If a value can't be used.
        """
        home = Path(environment.get("DANGOL_HOME", "var")).expanduser().absolute()
        landing = environment.get("DANGOL_LANDING") or str(home / "landing")
        own = environment.get("DANGOL_COMPANY")
        own_folder = Path(own).expanduser().absolute() if own else None
        keep = whole_number(environment, "DANGOL_KEEP_PUBLICATIONS", 7, least=3)
        return cls(
            home=home,
            landing=landing_of(landing),
            company=read_company((own_folder or home / "company") / "company.toml"),
            own_folder=own_folder,
            keep_publications=keep,
            memory_limit=environment.get("DANGOL_MEMORY_LIMIT", "1GB"),
            threads=whole_number(environment, "DANGOL_THREADS", os.cpu_count() or 2, least=1),
            readers_group=group(environment),
            has_parquet=is_yes(environment, "DANGOL_PARQUET"),
            copy_to=copy_address_of(environment.get("DANGOL_COPY_TO", "")),
            id_key=secret_key(environment, "DANGOL_ID_KEY"),
        )


def read_company(file: Path) -> Company:
    """Read a ``company.toml``.

    Returns
    -------
    Company
        `UNDESCRIBED` if there is no such file for this account.

    Raises
    ------
    SettingsError
        If it is invalid; the message names the file and the line.
    """
    try:
        text = file.read_text(encoding="utf-8")
        given = tomllib.loads(text)
    except (FileNotFoundError, PermissionError):  # a reader of the tables need not know it
        return UNDESCRIBED
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise SettingsError(f"{file}:{line}: it is not UTF-8 text: save it as UTF-8") from error
    except (tomllib.TOMLDecodeError, OSError) as error:
        raise SettingsError(f"{file} can't be read: {error}") from error
    for key, value in given.items():
        if problem := _problem_of(key, value):
            raise SettingsError(f"{file}{_line_of(key, text)}: {problem}")
    if missing := [key for key in _NEEDED if not given.get(key)]:
        raise SettingsError(f"{file}: it needs {_NEEDED[missing[0]]}")
    return Company(**given | {"systems": tuple(given.get("systems", ()))})


_NEEDED = {"name": "a name, as shown in reports",
           "timezone": "a timezone, in which days are cut, such as Asia/Seoul",
           "currency": "a currency such as KRW (ISO 4217)"}  # fmt: skip


def _problem_of(key: str, value: object) -> str:
    """Say what is wrong with a line of ``company.toml``; nothing if it is empty."""
    if key not in Company.__dataclass_fields__:
        return f"{key} is unknown; the valid keys are {', '.join(Company.__dataclass_fields__)}"
    if key == "systems":
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            return ""
        return f'systems is {value!r}; it must be a list of names, such as ["grocer_till"]'
    if not isinstance(value, str):
        return f"{key} is {value!r}; it must be a text in quotes"
    if key == "currency" and value and not re.fullmatch("[A-Z]{3}", value):
        return f"it needs {_NEEDED[key]}, and has {value!r}"
    if key.endswith("timezone") and value and value not in available_timezones():
        return f"the time zone is {value!r}; use a name such as Asia/Seoul"
    return ""


def _line_of(key: str, text: str) -> str:
    lines = (
        n
        for n, each in enumerate(text.splitlines(), 1)
        if re.match(rf"\W*{re.escape(key)}\b", each)
    )
    return "".join(f":{line}" for line in [next(lines, 0)] if line)


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Return the settings of this process, read at the first call."""
    return Settings.from_environment(os.environ)
