"""Every path and environment variable of the pipeline, read once.

All state of one company is under ``DANGOL_HOME``; two companies are two homes and the same code.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from dangol.addresses import copy_address_of, landing_of
from dangol.company_toml import Company as Company
from dangol.company_toml import read_company
from dangol.variables import SettingsError as SettingsError
from dangol.variables import (
    folder_of,
    group,
    is_yes,
    memory_limit,
    secret_key,
    text_of,
    whole_number,
)

PROJECT_ROOT = Path(__file__).resolve().parents[1]
"""The checkout: ``sources/``, ``dbt_project/`` and ``dags/`` are found from here."""

SOURCES = PROJECT_ROOT / "sources"
"""The contracts of Dangol's own systems."""


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
        home = folder_of(environment, "DANGOL_HOME") or Path("var").absolute()
        landing = text_of(environment, "DANGOL_LANDING", str(home / "landing"))
        if "://" not in landing:
            landing = str(folder_of(environment, "DANGOL_LANDING", landing))
        own_folder = folder_of(environment, "DANGOL_COMPANY")
        return cls(
            home=home,
            landing=landing_of(landing),
            company=read_company((own_folder or home / "company") / "company.toml"),
            own_folder=own_folder,
            keep_publications=whole_number(environment, "DANGOL_KEEP_PUBLICATIONS", 7, 3, 10_000),
            memory_limit=memory_limit(environment, "1GB"),
            threads=whole_number(environment, "DANGOL_THREADS", os.cpu_count() or 2, 1, 1_000),
            readers_group=group(environment),
            has_parquet=is_yes(environment, "DANGOL_PARQUET"),
            copy_to=copy_address_of(text_of(environment, "DANGOL_COPY_TO")),
            id_key=secret_key(environment, "DANGOL_ID_KEY"),
        )


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Return the settings of this process, read at the first call."""
    return Settings.from_environment(os.environ)
