"""Puts a night of empty steps in the place of `dangol.nightly.steps` in every process of a test.

Python imports a module of this name at its start from the first folder of PYTHONPATH that has one.
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


class GateFailed(RuntimeError):
    pass


def lines_of(variable):
    file = Path(os.environ.get(variable, "/nowhere"))
    return file.read_text().splitlines() if file.exists() else []


def stub(name):
    def run(settings, night, *arguments):
        wanted = f"{name} {night.business_date}"
        if wanted in lines_of("DANGOL_STUB_FAIL"):
            raise GateFailed(f"{name}: 3 rows are not what they should be")
        if wanted in lines_of("DANGOL_STUB_HANG"):
            Path(os.environ["DANGOL_STUB_HANG"]).write_text(f"{wanted}\n{os.getpid()}")
            # as native code does: deaf to the signal of Airflow's timeout
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
            while True:
                signal.pause()
        with (settings.home / "steps.txt").open("a") as steps:
            steps.write(" ".join([str(night.business_date), name, *arguments]) + "\n")
        return {"step": name}

    return run


def streams(settings: object):
    return [("grocer_till", "transactions"), ("grocer_till", "products")]


class Nightly(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, fullname, path, target=None):
        if fullname == "dangol.nightly.steps":
            return importlib.machinery.ModuleSpec(fullname, self)
        return None

    def exec_module(self, module):
        module.step_named = lambda name: SimpleNamespace(run=stub(name), instances=streams)


sys.meta_path.insert(0, Nightly())
