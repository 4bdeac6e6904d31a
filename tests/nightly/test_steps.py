import os
import socket
from collections.abc import Callable
from datetime import date
from inspect import signature
from pathlib import Path

import pytest

from dangol import layers, records
from dangol.contracts.reading import load_contracts
from dangol.extract.zones.zone import LandingError
from dangol.night import Night
from dangol.nightly import steps as nightly
from dangol.nightly.begin import begin
from dangol.nightly.steps import STEPS, Step, resolve, run_night, step_named
from dangol.settings import Settings, SettingsError


def test_the_night_in_order() -> None:
    assert [step.name for step in STEPS] == [
        "begin",
        "extract",
        "stage_raw",
        "gate_raw",
        "cleaned",
        "gate_cleaned",
        "aggregated",
        "gate_aggregated",
        "features",
        "train",
        "evaluate",
        "promote",
        "score",
        "customer_view",
        "gate_customer_view",
        "publish",
        "report",
        "copy",
    ]


def test_every_stream_of_every_contract_is_extracted(small_home: Settings) -> None:
    expected = [
        (contract.system, stream.name)
        for contract in load_contracts(small_home).values()
        for stream in contract.streams
    ]
    assert step_named("extract").instances(small_home) == expected


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_every_address_leads_to_a_function_that_takes_a_night(
    small_home: Settings, step: Step
) -> None:
    given = ["settings", "night", *step.given, *step.instances(small_home)[0]]
    signature(resolve(step.address)).bind(*given)
    assert resolve(step.address).__doc__


def test_the_steps_go_through_the_layers_in_their_order() -> None:
    names = [step.name.removeprefix("gate_") for step in STEPS]
    order = [
        names.index(step) for step in dict.fromkeys(each.built_by for each in layers.LAYERS) if step
    ]
    assert order == sorted(order)
    gates = [step.given for step in STEPS if step.name.startswith("gate_")]
    assert gates == [(gate,) for gate in layers.GATES]


def test_a_step_that_fails_is_the_last(
    small_home: Settings, tonight: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = []

    def fail(*_: object) -> None:
        raise RuntimeError("on purpose")

    functions: dict[str, Callable[..., None]] = {
        "first": lambda *_: done.append("first"),
        "second": fail,
        "third": lambda *_: done.append("third"),
    }
    monkeypatch.setattr(nightly, "STEPS", tuple(Step(name, name) for name in functions))
    monkeypatch.setattr(nightly, "resolve", functions.get)
    told: list[str] = []
    with pytest.raises(RuntimeError, match="on purpose"):
        run_night(small_home, tonight, progress=told.append)
    assert done == ["first"]
    assert told == ["first", "second"]


def described(home: Path) -> dict[str, str]:
    """Describe the company of a home, and return the environment that names the home."""
    (home / "company").mkdir(parents=True)
    toml = 'name = "Shop"\ntimezone = "Asia/Seoul"\ncurrency = "KRW"\n'
    (home / "company" / "company.toml").write_text(toml, encoding="utf-8")
    return {"DANGOL_HOME": str(home)}


def test_a_night_begins_with_whose_it_is(
    tmp_path: Path, tonight: Night, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    with pytest.raises(SettingsError, match="`dangol init --name … --timezone … --currency …`"):
        begin(Settings.from_environment({"DANGOL_HOME": str(tmp_path)}), tonight)
    begin(Settings.from_environment(described(tmp_path)), tonight)
    assert caplog.messages[0] == (
        "Shop, business days in Asia/Seoul, amounts in KRW: the night of 2017-12-31"
    )


def test_a_contract_that_is_invalid_is_told_where_its_files_are_named(
    small_home: Settings, tonight: Night
) -> None:
    contract = small_home.company_folder / "systems" / "shop" / "contract.yml"
    contract.parent.mkdir(parents=True)
    contract.write_text("id: shop\nversion: 1.0.0\n", encoding="utf-8")
    (Path(small_home.landing) / "shop").mkdir(parents=True)
    begin(small_home, tonight)
    (noted,) = records.read(small_home, "unclaimed_files", date(2017, 12, 31))
    assert noted["reason"] == f"{contract}: version and schema are required"


def test_what_a_killed_run_left_is_cleared_and_nothing_else(
    small_home: Settings, tonight: Night
) -> None:
    home = small_home.home
    left = [
        ".run.json.part",
        "work/grocer_till.transactions/000001.csv",
        "work/spill/duckdb_temp_storage_DEFAULT-0.tmp",
        "warehouse/.dangol.duckdb.part123",
        "warehouse/publications/2017-12-31-0001/.publication.json.part",
        "ops/gate_results/.2017-12-31.jsonl.part",
        "lake/raw/gone/stream/load_date=2017-12-31/.1-1.parquet.part",
        "models/spend/2017-12-31/.training.json.part",
        "reports/.2017-12-31.txt.part",
        "extensions/v1.5.5/linux_amd64/.httpfs.duckdb_extension.part123",
    ]
    kept = [
        "company/company.toml",
        "run.json",
        "landing/grocer_till/.transactions_2017-12-31.csv.gz.part",
        "lake/raw/grocer_till/transactions/load_date=2017-12-30/1-1.parquet",
        "warehouse/build.duckdb",
        "airflow/.airflow.db.part",
    ]
    for name in left + kept:
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).touch()
    assert begin(small_home, tonight)["leftovers"] == len([n for n in left if ".part" in n])
    assert [name for name in left if (home / name).exists()] == []
    assert [name for name in kept if not (home / name).exists()] == []


def test_files_that_nobody_reads_are_noted(
    small_home: Settings, tonight: Night, caplog: pytest.LogCaptureFixture
) -> None:
    landing = Path(small_home.landing)
    for name in (
        "grocer_till/transactions_2017-12-31.csv",
        "grocer_till/kim_minji.txt",
        "other_kim/a.csv",
    ):
        (landing / name).parent.mkdir(parents=True, exist_ok=True)
        (landing / name).touch()
    assert begin(small_home, tonight)["unclaimed_files"] == 2
    noted = records.read(small_home, "unclaimed_files", date(2017, 12, 31))
    assert [(each["system"], each["file"], each["reason"]) for each in noted] == [
        ("grocer_till", "kim_minji.txt", "its name matches no stream of the contract"),
        ("other_kim", "*", "no active contract describes this system"),
    ]
    assert "kim" not in caplog.text
    assert caplog.messages[-2:] == [
        "1 unclaimed in grocer_till/: its name matches no stream of the contract; "
        "`dangol loads --unclaimed` names them",
        "1 unclaimed in other folders: no active contract describes this system; "
        "`dangol loads --unclaimed` names them",
    ]


@pytest.mark.parametrize("name", [b"\xb9\xe9\xbe\xf7", "a\u2028b".encode()])
def test_a_folder_whose_name_is_no_text_stops_no_night(
    small_home: Settings, tonight: Night, name: bytes
) -> None:
    Path(small_home.landing).mkdir(parents=True)
    os.mkdir(os.path.join(os.fsencode(small_home.landing), name))
    for _ in range(2):  # the second time, the record of the first is read
        assert begin(small_home, tonight)["unclaimed_files"] == 1
    (noted,) = records.read(small_home, "unclaimed_files", date(2017, 12, 31))
    assert noted["reason"] == "no active contract describes this system"


def test_a_landing_zone_that_is_not_there_is_told_from_an_empty_one(
    tmp_path: Path, tonight: Night
) -> None:
    environment = described(tmp_path / "new") | {"DANGOL_LANDING": str(tmp_path / "gone")}
    with pytest.raises(LandingError, match=r"gone \(DANGOL_LANDING\) does not exist: is it m"):
        begin(Settings.from_environment(environment), tonight)
    (tmp_path / "gone").mkdir()
    assert begin(Settings.from_environment(environment), tonight)["unclaimed_files"] == 0


def test_a_server_that_cannot_be_reached_fails_the_first_step(
    tmp_path: Path, tonight: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "known_hosts").touch()
    monkeypatch.setenv("DANGOL_SFTP_KNOWN_HOSTS", str(tmp_path / "known_hosts"))
    monkeypatch.setenv("DANGOL_SFTP_PASSWORD", "unused")
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"sftp://a@127.0.0.1:{free.getsockname()[1]}/in"
    environment = described(tmp_path / "new") | {"DANGOL_LANDING": address}
    with pytest.raises(LandingError, match=rf"^the landing zone {address} .* Connect call failed"):
        begin(Settings.from_environment(environment), tonight)


def test_uploads_in_progress_are_left_alone_wherever_the_landing_zone_is(
    tmp_path: Path, tonight: Night
) -> None:
    landing = tmp_path / "new" / "data" / "in"
    upload = landing / "grocer_till" / ".transactions_2017-12-31.csv.part"
    upload.parent.mkdir(parents=True)
    upload.touch()
    environment = described(tmp_path / "new") | {"DANGOL_LANDING": str(landing)}
    begin(Settings.from_environment(environment), tonight)
    assert upload.exists()


def test_an_empty_home_is_made_private(tmp_path: Path, tonight: Night) -> None:
    described(tmp_path)
    settings = Settings.from_environment(
        {"DANGOL_HOME": str(tmp_path / "new"), "DANGOL_COMPANY": str(tmp_path / "company")}
    )
    assert begin(settings, tonight) == {"leftovers": 0, "unclaimed_files": 0}
    folders = [settings.home, settings.lake, settings.warehouse, settings.ops, settings.models]
    assert [oct(folder.stat().st_mode & 0o777) for folder in folders] == ["0o700"] * 5
