"""The steps of the night, in order, without Airflow.

The DAG ``nightly`` is the same list with rules for retries, pools and alerts around it. Each step
takes the settings and the night, is safe to run twice, and hands on only counts, paths and names.
Imports are made by the steps themselves: each task of the DAG pays for its own alone.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from dangol import ops
from dangol.contracts import load_contracts
from dangol.extract.landing import Landing
from dangol.faults import crash_point
from dangol.files import PART_SUFFIX, private_folder, remove_leftovers
from dangol.night import Night
from dangol.settings import Settings, SettingsError

log = logging.getLogger(__name__)

MODELS = ("segment", "spend", "churn")


class Step(NamedTuple):
    """One step of the night.

    Parameters
    ----------
    name
        Also Airflow's task id.
    function
        ``function(settings, night, *arguments)``.
    arguments
        Gives the arguments of each of its side-by-side instances; one instance without any by
        default.
    """

    name: str
    function: Callable[..., Any]
    arguments: Callable[[], Iterable[tuple[str, ...]]] = lambda: [()]


def begin(settings: Settings, night: Night) -> dict[str, object]:
    """Prepare the home for a night: clear what a killed run left, note files that nobody reads.

    Parameters
    ----------
    settings
        Gives the home.
    night
        Tonight.

    Returns
    -------
    dict
        How many leftovers and unclaimed files there were.
    """
    for folder in (settings.home, settings.lake, settings.warehouse, settings.ops, settings.models):
        private_folder(folder)
    _find_landing_zone(settings)
    leftovers = _clear_leftovers(settings)
    unclaimed = list(_unclaimed_files(settings))
    for file in unclaimed:
        log.warning("nobody reads %s/%s: %s", file["system"], file["file"], file["reason"])
    ops.record(settings, "unclaimed_files", night.business_date, "begin", unclaimed)
    crash_point("begin.recorded")
    return {"leftovers": leftovers, "unclaimed_files": len(unclaimed)}


def _find_landing_zone(settings: Settings) -> None:
    """Tell a landing zone that is not there from one without files."""
    landing = Path(settings.landing)
    if "://" in settings.landing or landing.is_dir():
        return
    if landing != settings.home / "landing":
        raise SettingsError(
            f"the landing zone {landing} is not there: is it mounted? DANGOL_LANDING names it"
        )
    private_folder(landing)


def _clear_leftovers(settings: Settings) -> int:
    """Remove what a killed run left: half-written files, and the rows it was working on."""
    if settings.work.exists():
        shutil.rmtree(settings.work)
    # the pipeline's own alone: senders of exports, and Airflow, have temporary files of their own
    folders = [
        each
        for each in (settings.lake, settings.warehouse, settings.ops, settings.models,
                     settings.dbt, settings.data_docs, settings.home / "reports")
        if each.is_dir()
    ]  # fmt: skip
    leftovers = list(settings.home.glob(f".*{PART_SUFFIX}*"))
    for leftover in leftovers:
        leftover.unlink()
    return len(leftovers) + sum(map(remove_leftovers, folders))


def streams() -> list[dict[str, str]]:
    """List every stream that is extracted.

    Returns
    -------
    list of dict
        ``system`` and ``stream``.
    """
    return [
        {"system": contract.system, "stream": stream.name}
        for contract in load_contracts().values()
        for stream in contract.streams
    ]


def _unclaimed_files(settings: Settings) -> Iterator[dict[str, str]]:
    """Find files in the landing zone that no contract describes."""
    landing = Landing(settings.landing)
    contracts = load_contracts()
    for system in landing.systems():
        contract = contracts.get(system)
        if contract is None:
            shown = system.encode(errors="backslashreplace").decode()  # a name may be no text
            yield {"system": shown, "file": "*", "reason": "there is no contract for the system"}
            continue
        for file in landing.files(system):
            if not any(stream.delivery_of(file.name) for stream in contract.streams):
                reason = file.refusal or "its name fits no stream of the contract"
                yield {"system": system, "file": file.name, "reason": reason}


def _extract(settings: Settings, night: Night, system: str, stream: str) -> dict[str, object]:
    from dangol.extract.stream import extract_stream

    return extract_stream(settings, night, system, stream)


def _stage_raw(settings: Settings, night: Night) -> dict[str, object]:
    from dangol.stage import stage_raw

    return stage_raw(settings, night)


def _layer(name: str) -> Callable[[Settings, Night], dict[str, object]]:
    def build(settings: Settings, night: Night) -> dict[str, object]:
        from dangol.transform import run_layer

        return run_layer(settings, night, name)

    return build


def _gate(name: str) -> Callable[[Settings, Night], dict[str, Any]]:
    def check(settings: Settings, night: Night) -> dict[str, Any]:
        from expectations.gate import run_gate

        return run_gate(settings, night, name)

    return check


def _features(settings: Settings, night: Night) -> dict[str, Any]:
    from ml.features import build_features

    return build_features(settings, night)


def _train(settings: Settings, night: Night, model: str) -> dict[str, Any]:
    from ml.train import train

    return train(settings, night, model)


def _evaluate(settings: Settings, night: Night, model: str) -> dict[str, Any]:
    from ml.evaluate import evaluate

    return evaluate(settings, night, model)


def _promote(settings: Settings, night: Night) -> dict[str, Any]:
    from ml.promote import promote

    return promote(settings, night)


def _score(settings: Settings, night: Night) -> dict[str, Any]:
    from ml.score import score

    return score(settings, night)


def _publish(settings: Settings, night: Night) -> dict[str, object]:
    from dangol.publish import publish

    return publish(settings, night)


def _report(settings: Settings, night: Night) -> dict[str, object]:
    from dangol.report import write_report

    return write_report(settings, night)


def _stream_arguments() -> list[tuple[str, ...]]:
    return [(stream["system"], stream["stream"]) for stream in streams()]


def _model_arguments() -> list[tuple[str, ...]]:
    return [(model,) for model in MODELS]


STEPS = (
    Step("begin", begin),
    Step("extract", _extract, _stream_arguments),
    Step("stage_raw", _stage_raw),
    Step("gate_raw", _gate("raw")),
    Step("cleaned", _layer("cleaned")),
    Step("gate_cleaned", _gate("cleaned")),
    Step("aggregated", _layer("aggregated")),
    Step("gate_aggregated", _gate("aggregated")),
    Step("features", _features),
    Step("train", _train, _model_arguments),
    Step("evaluate", _evaluate, _model_arguments),
    Step("promote", _promote),
    Step("score", _score),
    Step("customer_view", _layer("customer_view")),
    Step("gate_customer_view", _gate("customer_view")),
    Step("publish", _publish),
    Step("report", _report),
)


def run_night(
    settings: Settings,
    night: Night,
    until: str | None = None,
    progress: Callable[[str], None] = log.info,
) -> None:
    """Run every step of a night in this process, one after the other.

    Parameters
    ----------
    settings
        Gives the home.
    night
        Tonight.
    until
        The last step to run; all by default.
    progress
        Told each step before it runs.
    """
    for step in STEPS:
        for arguments in step.arguments():
            progress(" ".join([step.name, *arguments]))
            step.function(settings, night, *arguments)
            crash_point(f"after.{'.'.join([step.name, *arguments])}")
        if step.name == until:
            return
