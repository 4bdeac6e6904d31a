"""Models on disk: whole, checked, of known classes only, and the same bytes for the same model."""

import subprocess
import sys
import zipfile
from datetime import date

import numpy as np
import pytest
import skops.io
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from dangol.files import sha256_of
from ml import models, registry
from ml.segment import SegmentClusterer
from ml.spend import SpendRegressor

ROWS = np.random.default_rng(0).uniform(1, 9, size=(300, 3))
NIGHT = date(2017, 12, 30)


def fitted():
    churn = make_pipeline(StandardScaler(), LogisticRegression())
    return {
        "segment": SegmentClusterer(random_state=0).fit(ROWS),
        "spend": SpendRegressor(random_state=0).fit(ROWS, ROWS.sum(axis=1)),
        "churn": churn.fit(ROWS, ROWS[:, 1] > 4),
    }


@pytest.mark.parametrize("name", ["segment", "spend", "churn"])
def test_loaded_model_predicts_what_the_saved_one_did(settings, name):
    model = fitted()[name]
    folder = registry.entry(settings, name, NIGHT)
    registry.save(folder, {"status": "trained"}, model)
    loaded = registry.load(folder, models.load(name).trusted_types)
    assert loaded.predict(ROWS).tolist() == model.predict(ROWS).tolist()
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}


SAVE = """
import sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
from test_registry import fitted
from ml import registry
for name, model in fitted().items():
    registry.save(Path(sys.argv[1]) / name, {"status": "trained"}, model)
"""


def test_same_model_is_the_same_bytes_in_every_process(tmp_path, request):
    hashes = []
    for run, padding in (("one", "x"), ("two", "x" * 5000)):
        # an environment of another size moves every object to another address
        subprocess.run(
            [sys.executable, "-c", SAVE, tmp_path / run, request.path.parent],
            check=True,
            env={"PYTHONPATH": str(request.config.rootpath), "PADDING": padding},
        )
        files = sorted((tmp_path / run).rglob("*.*"))
        hashes.append({str(f.relative_to(tmp_path / run)): sha256_of(f) for f in files})
    assert len(hashes[0]) == 9
    assert hashes[0] == hashes[1]


def test_model_file_has_no_timestamp(settings):
    folder = registry.entry(settings, "churn", NIGHT)
    registry.save(folder, {"status": "trained"}, fitted()["churn"])
    with zipfile.ZipFile(folder / "model.skops") as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize("name", ["model.skops", "training.json"])
def test_flipped_bit_is_noticed_before_the_model_is_used(settings, name):
    folder = registry.entry(settings, "churn", NIGHT)
    registry.save(folder, {"status": "trained"}, fitted()["churn"])
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(registry.ModelError, match=f"{name} was changed after it was written"):
        registry.load(folder, ())


def test_class_that_is_not_ours_is_refused(settings):
    folder = registry.entry(settings, "churn", NIGHT)
    kernel = GaussianProcessRegressor().fit(ROWS[:5], ROWS[:5, 0])
    kernel.intruder = Intruder()
    registry.save(folder, {"status": "trained"}, kernel)
    with pytest.raises(registry.ModelError, match=r"classes that are not trusted: .*Intruder"):
        registry.load(folder, ())


class Intruder:
    """Stands for a class whose loading would do something."""


def test_half_written_entry_is_neither_loaded_nor_champion(settings):
    folder = registry.entry(settings, "churn", NIGHT)
    registry.save(folder, {"status": "trained"}, fitted()["churn"])
    registry.write_json(folder / "decision.json", {"decision": "promoted"})
    (folder / "manifest.json").unlink()
    with pytest.raises(registry.ModelError, match="is incomplete"):
        registry.load(folder, ())
    registry.save(folder, {"status": "trained"}, fitted()["churn"])
    assert registry.champion(settings, "churn", date(2018, 1, 1)) is None


def test_champion_is_the_last_promoted_before_the_night(settings):
    for day, decision in ((28, "promoted"), (29, "refused"), (30, "promoted"), (31, None)):
        folder = registry.entry(settings, "churn", date(2017, 12, day))
        registry.save(folder, {"status": "trained"}, None)
        if decision:
            registry.write_json(folder / "decision.json", {"decision": decision})

    def champion(day):
        return registry.model_id("churn", registry.champion(settings, "churn", date(2017, 12, day)))

    assert [champion(day) for day in (28, 29, 30, 31)] == [
        None,
        "churn-2017-12-28",
        "churn-2017-12-28",
        "churn-2017-12-30",
    ]
    with pytest.raises(registry.ModelError, match="has no decision yet"):
        registry.serving(settings, "churn", date(2017, 12, 31))
    assert registry.serving(settings, "churn", date(2017, 12, 29)) == registry.entry(
        settings, "churn", date(2017, 12, 28)
    )


@pytest.mark.parametrize("name", ["segment", "spend", "churn"])
def test_model_trusts_no_more_than_it_needs(name):
    unknown = skops.io.get_untrusted_types(data=skops.io.dumps(fitted()[name]))
    assert set(unknown) == set(models.load(name).trusted_types)


@pytest.mark.parametrize("damage", [b"", b"{", b"[1]", b"\xff", b"[" * 100_000])
def test_damaged_decision_or_manifest_is_a_message(settings, damage):
    folder = registry.entry(settings, "churn", NIGHT)
    registry.save(folder, {"status": "trained"}, fitted()["churn"])
    (folder / "decision.json").write_bytes(damage)
    with pytest.raises(registry.ModelError, match=r"decision\.json is damaged: restore it, or"):
        registry.champion(settings, "churn", date(2018, 1, 1))
    (folder / "manifest.json").write_bytes(damage)
    with pytest.raises(registry.ModelError, match=r"manifest\.json is damaged: restore it, or"):
        registry.load(folder, ())


def test_manifest_names_no_file_elsewhere(settings):
    folder = registry.entry(settings, "churn", NIGHT)
    registry.save(folder, {"status": "trained"}, fitted()["churn"])
    (folder.parent / "other").write_bytes(b"x")
    registry.write_json(folder / "manifest.json", {"../other": sha256_of(folder.parent / "other")})
    with pytest.raises(registry.ModelError, match=r"manifest\.json is damaged"):
        registry.load(folder, ())
