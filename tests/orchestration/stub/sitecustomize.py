"""Puts a night of empty steps in the place of `dangol.nightly.steps` in every process of a test.

Python imports a module of this name at its start from the first folder of PYTHONPATH that has one.
The steps record themselves as the real ones do, and ``publish`` writes an empty publication.
``DANGOL_STUB_FAIL`` names a file that says where the night fails: ``<step> <business date>``, a
line each. ``DANGOL_STUB_HANG`` names one that says where it hangs; the step adds its process's id.
"""

import importlib.abc
import importlib.machinery
import os
import signal
import sys
from pathlib import Path
from types import SimpleNamespace

from dangol.errors import DangolError

NAMES = (
    "begin", "extract", "stage_raw", "gate_raw", "cleaned", "gate_cleaned", "aggregated",
    "gate_aggregated", "features", "train", "evaluate", "promote", "score", "customer_view",
    "gate_customer_view", "publish", "report", "copy",
)  # fmt: skip


class GateFailed(DangolError):
    pass


def lines_of(variable):
    file = Path(os.environ.get(variable, "/nowhere"))
    return file.read_text().splitlines() if file.exists() else []


def stub(name):
    def run(settings, night, *arguments):
        from dangol.nightly.step_runs import recorded

        with recorded(settings, night, name, arguments):
            work(settings, night, *arguments)
        return {"step": name}

    def work(settings, night, *arguments):
        wanted = f"{name} {night.business_date}"
        if wanted in lines_of("DANGOL_STUB_FAIL"):
            raise GateFailed(f"{name}: 3 rows are not what they should be")
        if wanted in lines_of("DANGOL_STUB_HANG"):
            Path(os.environ["DANGOL_STUB_HANG"]).write_text(f"{wanted}\n{os.getpid()}")
            # as native code does: deaf to the signal of Airflow's timeout
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
            while True:
                signal.pause()
        if name == "publish":
            publish(settings, night)
        with (settings.home / "steps.txt").open("a") as steps:
            steps.write(" ".join([str(night.business_date), name, *arguments]) + "\n")

    return run


def publish(settings, night):
    from dangol import records
    from dangol.files import private_folder
    from dangol.publication.layout import name_of
    from dangol.publication.store import Publication, last_sequence, save_manifest

    private_folder(settings.publications)
    day, sequence = str(night.business_date), last_sequence(settings) + 1
    made = Publication(
        name_of(day, sequence), sequence, day, night.run_id, "0" * 64, "", "2018-01-01T00:00:00"
    )
    private_folder(made.file(settings).parent)
    made.file(settings).touch()
    save_manifest(settings, made)
    row = {"publication": made.name, "run_id": night.run_id}
    records.record(settings, "publications", night.business_date, made.name, [row])


def instances(name):
    def listed(settings):
        if name == "extract":
            return [("grocer_till", "transactions"), ("grocer_till", "products")]
        return [("segment",), ("spend",), ("churn",)] if name in {"train", "evaluate"} else [()]

    return listed


class Nightly(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, fullname, path, target=None):
        if fullname == "dangol.nightly.steps":
            return importlib.machinery.ModuleSpec(fullname, self)
        return None

    def exec_module(self, module):
        steps = {
            name: SimpleNamespace(
                name=name,
                run=stub(name),
                instances=instances(name),
                each="listed" if name in {"extract", "train", "evaluate"} else "",
            )
            for name in NAMES
        }
        module.STEPS = tuple(steps.values())
        module.step_named = steps.__getitem__


sys.meta_path.insert(0, Nightly())
