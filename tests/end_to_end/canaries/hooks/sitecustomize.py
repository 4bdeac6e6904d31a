"""Breaks the build before a step of a night, in every process of a test.

Python imports a module of this name at its start from the first folder of PYTHONPATH that has one.
``<home>.hooks.json`` says what happens before which step: ``sql`` is run on the build file, and
``raise`` is an SQL expression over it that raises an error of DuckDB's inside the step. Retries of
tasks wait a second.
"""

import importlib.abc
import importlib.machinery
import json
import os
import sys
from datetime import timedelta
from pathlib import Path


def hook_of(name, arguments):
    file = Path(os.environ["DANGOL_HOME"] + ".hooks.json")
    hooks = json.loads(file.read_text()) if file.exists() else {}
    return hooks.get(" ".join([name, *arguments]), {})


def fail(build_file, expression):
    import duckdb

    with duckdb.connect(str(build_file), read_only=True) as build:
        build.execute(f"select {expression}").fetchall()


def steps(module):
    run = module.Step.run

    def broken(self, settings, night, *arguments):
        hook = hook_of(self.name, arguments)
        if "sql" in hook:
            import duckdb

            with duckdb.connect(str(settings.build_file)) as build:
                build.execute(hook["sql"])
        if "raise" not in hook:
            return run(self, settings, night, *arguments)
        resolve = module.resolve
        module.resolve = lambda _: lambda *_: fail(settings.build_file, hook["raise"])
        try:
            return run(self, settings, night, *arguments)
        finally:
            module.resolve = resolve

    module.Step.run = broken


def train(module):
    def broken(settings, night, model):
        if hook := hook_of("train", [f"inside {model}"]):
            fail(settings.build_file, hook["raise"])
        return real(settings, night, model)

    real, module._train = module._train, broken


def rules(module):
    arguments = module.Rule.arguments
    quick = {"retry_delay": timedelta(seconds=1), "retry_exponential_backoff": False}
    module.Rule.arguments = lambda rule: arguments(rule) | quick


CHANGED = {
    "dangol.nightly.steps": steps, "dangol.orchestration.rules": rules, "ml.train": train,
}  # fmt: skip


class Changing(importlib.abc.MetaPathFinder):
    def find_spec(self, fullname, path, target=None):
        if fullname not in CHANGED:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path)
        load = spec.loader.exec_module

        def changed(module):
            load(module)
            CHANGED[fullname](module)

        spec.loader.exec_module = changed
        return spec


sys.meta_path.insert(0, Changing())
