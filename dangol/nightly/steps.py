"""The steps of the night in order, without Airflow.

The DAG ``nightly`` is the same list with rules for retries, pools and alerts around it. Each step
takes the settings and the night, is safe to run twice, and returns only counts, paths and names.
Steps are named by address and imported when they run, so that a task of the DAG imports only its
own.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

from dangol.faults import crash_point
from dangol.night import Night
from dangol.nightly.step_runs import recorded
from dangol.settings import Settings

log = logging.getLogger(__name__)


class Step(NamedTuple):
    """One step of the night.

    Parameters
    ----------
    name
        Also Airflow's task ID.
    address
        ``package.module:function``, a function of settings, night and arguments.
    given
        Arguments that are the same in every instance.
    each
        The address of a function of settings that lists the arguments of each of its parallel
        instances; without it there is one instance.
    """

    name: str
    address: str
    given: tuple[str, ...] = ()
    each: str = ""

    def instances(self, settings: Settings) -> list[tuple[str, ...]]:
        """Return the arguments of each instance."""
        if not self.each:
            return [()]
        return [tuple(arguments) for arguments in resolve(self.each)(settings)]

    def run(self, settings: Settings, night: Night, *arguments: str) -> Any:
        """Run one instance, record how it ended, and return its result."""
        with recorded(settings, night, self.name, arguments):
            return resolve(self.address)(settings, night, *self.given, *arguments)


def resolve(address: str) -> Callable[..., Any]:
    """Import and return the function at an address, ``package.module:function``."""
    module, _, name = address.partition(":")
    function: Callable[..., Any] = getattr(import_module(module), name)
    return function


def _layer(name: str) -> Step:
    return Step(name, "dangol.build.transform:run_layer", (name,))


def _gate(name: str) -> Step:
    return Step(f"gate_{name}", "expectations.gate:run_gate", (name,))


STEPS = (
    Step("begin", "dangol.nightly.begin:begin"),
    Step("extract", "dangol.extract.stream:extract_stream",
         each="dangol.contracts.reading:stream_names"),
    Step("stage_raw", "dangol.build.stage:stage_raw"),
    _gate("raw"),
    _layer("cleaned"),
    _gate("cleaned"),
    _layer("aggregated"),
    _gate("aggregated"),
    Step("features", "ml.features:features"),
    Step("train", "ml.train:train", each="ml:each_model"),
    Step("evaluate", "ml.evaluate:evaluate", each="ml:each_model"),
    Step("promote", "ml.promote:promote"),
    Step("score", "ml.score:score"),
    _layer("customer_view"),
    _gate("customer_view"),
    Step("publish", "dangol.nightly.publishing:publish_night"),
    Step("report", "dangol.nightly.report:write_report"),
    Step("copy", "dangol.nightly.copies:copy_night"),
)  # fmt: skip


def step_named(name: str) -> Step:
    """Return a step of the night."""
    return next(step for step in STEPS if step.name == name)


def run_night(
    settings: Settings,
    night: Night,
    until: str | None = None,
    progress: Callable[[str], None] = log.info,
) -> None:
    """Run every step of a night in this process, one after the other.

    If one fails, the night's page says which.

    Parameters
    ----------
    until
        The last step to run; all by default.
    progress
        Called with the name of each step before it runs.
    """
    try:
        for step in STEPS:
            for arguments in step.instances(settings):
                progress(" ".join([step.name, *arguments]))
                step.run(settings, night, *arguments)
                crash_point(f"after.{'.'.join([step.name, *arguments])}")
            if step.name == until:
                return
    except BaseException:
        import_module("dangol.nightly.report").show_failure(settings, night)
        raise
