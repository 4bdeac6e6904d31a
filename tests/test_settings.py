from pathlib import Path

import pytest

from dangol.company_toml import UNDESCRIBED
from dangol.errors import DangolError
from dangol.settings import Company, Settings, SettingsError, get_settings

VARIABLES = [
    "DANGOL_HOME", "DANGOL_COMPANY", "DANGOL_LANDING", "DANGOL_MEMORY_LIMIT", "DANGOL_THREADS",
    "DANGOL_KEEP_PUBLICATIONS", "DANGOL_READERS_GROUP", "DANGOL_PARQUET", "DANGOL_COPY_TO",
]  # fmt: skip


def test_all_state_lies_under_the_home(tmp_path: Path) -> None:
    settings = Settings.from_environment({"DANGOL_HOME": str(tmp_path)})
    assert {
        "landing": settings.landing,
        "lake": str(settings.lake),
        "raw": str(settings.raw),
        "quarantine": str(settings.quarantine),
        "work": str(settings.work),
        "warehouse": str(settings.warehouse),
        "build_file": str(settings.build_file),
        "publications": str(settings.publications),
        "published_file": str(settings.published_file),
        "ops": str(settings.ops),
        "models": str(settings.models),
        "airflow_home": str(settings.airflow_home),
        "dbt": str(settings.dbt),
        "data_docs": str(settings.data_docs),
        "pages": str(settings.pages),
    } == {
        "landing": f"{tmp_path}/landing",
        "lake": f"{tmp_path}/lake",
        "raw": f"{tmp_path}/lake/raw",
        "quarantine": f"{tmp_path}/lake/quarantine",
        "work": f"{tmp_path}/work",
        "warehouse": f"{tmp_path}/warehouse",
        "build_file": f"{tmp_path}/warehouse/build.duckdb",
        "publications": f"{tmp_path}/warehouse/publications",
        "published_file": f"{tmp_path}/warehouse/dangol.duckdb",
        "ops": f"{tmp_path}/ops",
        "models": f"{tmp_path}/models",
        "airflow_home": f"{tmp_path}/airflow",
        "dbt": f"{tmp_path}/dbt",
        "data_docs": f"{tmp_path}/data_docs",
        "pages": f"{tmp_path}/pages",
    }


def test_a_relative_home_is_made_absolute_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings.from_environment({})
    monkeypatch.chdir("/")
    assert settings.home == tmp_path / "var"
    assert settings.landing == str(tmp_path / "var" / "landing")


def test_every_variable_is_read(tmp_path: Path) -> None:
    settings = Settings.from_environment(
        {
            "DANGOL_HOME": str(tmp_path),
            "DANGOL_LANDING": "s3://exports/grocer",
            "DANGOL_KEEP_PUBLICATIONS": "3",
            "DANGOL_MEMORY_LIMIT": "512MB",
            "DANGOL_THREADS": "1",
        }
    )
    assert settings == Settings(
        home=tmp_path,
        landing="s3://exports/grocer",
        company=UNDESCRIBED,
        keep_publications=3,
        memory_limit="512MB",
        threads=1,
    )


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("DANGOL_KEEP_PUBLICATIONS", "2", "must be a whole number from 3 to 10000"),
        ("DANGOL_KEEP_PUBLICATIONS", "seven", "must be a whole number from 3 to 10000"),
        *(
            ("DANGOL_THREADS", text, "must be a whole number from 1 to 1000")
            for text in ("0", "²", "-1", "1001", "٣", "1.5", " 1", "0x2", "1_0")
        ),
        *(
            ("DANGOL_MEMORY_LIMIT", text, "must be an amount of at least 10MB, such as 512MB or")
            for text in ("lots", "-1GB", "0", "0GB", "80%", "1000", "9MB", "²GB", "1e3GB", "1GB ")
        ),
        ("DANGOL_PARQUET", "1", "must be yes or no"),
        ("DANGOL_READERS_GROUP", "²", "there is no such group here"),
        ("DANGOL_HOME", "~no-such-account/home", "there is no such account here: write the whole"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(
    tmp_path: Path, name: str, value: str, message: str
) -> None:
    with pytest.raises(SettingsError, match=message) as error:
        Settings.from_environment({"DANGOL_HOME": str(tmp_path), name: value})
    assert str(error.value).startswith(f"{name} is {value!r}")


def test_a_variable_that_is_empty_is_not_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert Settings.from_environment(dict.fromkeys(VARIABLES, "")) == Settings.from_environment({})


@pytest.mark.parametrize("name", VARIABLES)
@pytest.mark.parametrize(
    "value",
    ["²", "-1", "9" * 5000, "\udcff", "~no-such-account", "\x1b[2J\n", "a" * 5000, "/", "://"],
)
def test_any_value_of_a_variable_is_used_or_refused_in_words(
    tmp_path: Path, name: str, value: str
) -> None:
    said = name
    try:
        Settings.from_environment({"DANGOL_HOME": str(tmp_path), name: value})
    except DangolError as error:
        said = str(error)
    assert name in said or "company.toml can't be read" in said


@pytest.mark.parametrize("own", [False, True])
def test_the_company_is_read_from_its_file(tmp_path: Path, own: bool) -> None:
    folder = tmp_path / ("elsewhere" if own else "company")
    folder.mkdir()
    (folder / "company.toml").write_text(
        'name = "Grocer"\ntimezone = "America/New_York"\ncurrency = "USD"\nsystems = ["a", "b"]\n',
        encoding="utf-8",
    )
    environment = {"DANGOL_HOME": str(tmp_path)} | ({"DANGOL_COMPANY": str(folder)} if own else {})
    settings = Settings.from_environment(environment)
    assert settings.company_folder == folder
    assert settings.company == Company("Grocer", "America/New_York", "USD", systems=("a", "b"))
    assert settings.company.zone.key == settings.company.schedule_zone == "America/New_York"
    settings.need_company()


def test_a_company_that_is_not_described_can_t_have_a_night(tmp_path: Path) -> None:
    settings = Settings.from_environment({"DANGOL_HOME": str(tmp_path)})
    with pytest.raises(SettingsError, match="time zone and currency are unknown: `dangol init --n"):
        settings.need_company()


SOUND = 'name = "Shop"\ntimezone = "Asia/Seoul"\ncurrency = "KRW"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            SOUND + 'tiemzone = "Asia/Seoul"',
            "the valid keys are name, timezone, currency, schedule_timezone, systems",
        ),
        (SOUND + 'name = "half', r"company.toml can't be read: .*\(at end of document\)"),
        ('name = "no more"', "it needs a timezone, in which days are cut, such as"),
        (
            SOUND.replace('"Asia/Seoul"', '["x"]'),
            r":2: timezone is \['x'\]; it must be a text in q",
        ),
        (SOUND.replace('"KRW"', "5"), ":3: currency is 5; it must be a text in quotes"),
        (SOUND.replace('"Shop"', "2017-01-01"), ":1: name is datetime.date.*; it must be a text"),
        (SOUND + 'systems = "till"', r":4: systems is 'till'; it must be a list of names, such as"),
        (SOUND + "systems = [1]", r":4: systems is \[1\]; it must be a list of names, such as"),
        (SOUND + "systems = true", ":4: systems is True; it must be a list of names, such as"),
        (SOUND + "[systems]\ntill = 1", ":4: systems is {'till': 1}; it must be a list of names"),
        (SOUND + '"a b" = 1', ":4: a b is unknown; the valid keys are"),
        (SOUND.replace("Asia/Seoul", "Asia"), "the time zone is 'Asia'; use a name such as"),
        (SOUND + 'schedule_timezone = "Seoul/Asia"', "use a name such as Asia/Seoul"),
        (SOUND.replace("KRW", "won"), "a currency such as KRW"),
        (SOUND.replace("Shop", ""), "it needs a name"),
        (SOUND.replace("Shop", "가게").encode("cp949"), "it is not UTF-8 text"),
        ("systems = " + "[" * 10_000, "company.toml can't be read: "),
    ],
)
def test_a_company_file_that_cannot_be_used_is_named(
    tmp_path: Path, text: str | bytes, message: str
) -> None:
    file = tmp_path / "company" / "company.toml"
    file.parent.mkdir()
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(SettingsError, match=message) as error:
        Settings.from_environment({"DANGOL_HOME": str(tmp_path)})
    assert str(file) in str(error.value)


def test_a_process_reads_its_settings_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    get_settings.cache_clear()
    monkeypatch.setenv("DANGOL_HOME", str(tmp_path / "one"))
    first = get_settings()
    monkeypatch.setenv("DANGOL_HOME", str(tmp_path / "two"))
    assert get_settings() is first
    assert first.home == tmp_path / "one"
    get_settings.cache_clear()
    assert get_settings().home == tmp_path / "two"
    get_settings.cache_clear()
