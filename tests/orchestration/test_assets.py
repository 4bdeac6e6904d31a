from dangol import records
from dangol.ledger import Load, write_manifest
from dangol.nightly.steps import STEPS
from dangol.orchestration import assets


def note(settings, night, table, rows):
    records.record(settings, table, night.business_date, "x", rows)


def test_every_step_but_the_last_ones_makes_an_asset():
    made = [step for asset in assets.LAYERS for step in assets.STEPS[asset.name]]
    assert made == [step.name for step in STEPS if step.name not in {"begin", "report", "copy"}]


def test_an_asset_says_what_tonight_made_of_it(small_home, tonight, monkeypatch):
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://airflow.example.com")
    small_home.pages.mkdir()
    (small_home.pages / "models-0123456789ab.html").touch()
    steps = [("cleaned", 3.25), ("gate_cleaned", 1.5), ("aggregated", 100.0)]
    own = [{"run_id": tonight.run_id, "step": name, "seconds": took} for name, took in steps]
    other = {"run_id": "other", "step": "cleaned", "seconds": 50.0}
    note(small_home, tonight, "step_runs", [*own, other])
    built = [("cleaned", 1200), ("cleaned", None), ("cleaned", 34), ("staging", 7)]
    note(
        small_home, tonight, "model_runs",
        [{"layer": layer, "row_count": count} for layer, count in built],
    )  # fmt: skip
    assert assets.facts_of(small_home, tonight, "cleaned") == {
        "business_date": "2017-12-31",
        "rows": 1234,
        "seconds": 4.8,
        "night": "https://airflow.example.com/nights/2017-12-31.html",
        "models": "https://airflow.example.com/nights/pages/models-0123456789ab.html",
    }


def test_raw_counts_the_rows_of_tonight_s_files_and_published_the_customers(
    small_home, tonight, monkeypatch
):
    monkeypatch.delenv("AIRFLOW__API__BASE_URL", raising=False)
    for day, rows in (("2017-12-30", 5), ("2017-12-31", 7)):
        load = Load(
            f"till.lines.{rows}", rows, "till", "lines", "a.csv", "", day, "", "", "",
            rows_loaded=rows,
        )  # fmt: skip
        folder = small_home.raw / "till" / "lines" / f"load_date={day}"
        write_manifest(folder / "1.loads.jsonl", [load])
    note(small_home, tonight, "publications", [{"customers": 41}, {"customers": 42}])
    raw, published = (assets.facts_of(small_home, tonight, name) for name in ("raw", "published"))
    assert raw == {"business_date": "2017-12-31", "rows": 7, "seconds": 0}
    assert published["rows"] == 42
