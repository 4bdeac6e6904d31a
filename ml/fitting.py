"""Training and evaluation on a plan's cut-offs, shared by nights and backtests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from threadpoolctl import threadpool_limits

from dangol.settings import Settings
from ml.model import Model
from ml.plan import Plan
from ml.samples import Sample, read_samples


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep the numeric libraries to one thread.

    The models of a night train in parallel processes, and sums that are split between threads round
    differently on machines with a different number of cores.
    """
    with threadpool_limits(limits=1):
        yield


def samples_of(
    settings: Settings, folder: Path, plan: Plan, model: Model
) -> tuple[list[Sample], Sample]:
    """Return the samples that a model is trained on, and the one that it is evaluated on.

    Returns
    -------
    tuple of list of Sample and Sample
        Training samples and evaluation sample.

    Raises
    ------
    ValueError
        If a training day is in the evaluation window.
    """
    cutoffs = model.training_cutoffs(plan)
    ahead = timedelta(days=plan.horizon_days if cutoffs == plan.training else 0)
    for cutoff in cutoffs:
        if cutoff + ahead > plan.evaluation:
            raise ValueError(
                f"{model.name} would be trained on days up to {cutoff + ahead}, but evaluated from "
                f"{plan.evaluation} on"
            )
    evaluation = model.evaluation_cutoff(plan)
    *training, judged = read_samples(settings, folder, plan, [*cutoffs, evaluation])
    return training, judged


def rounded(metrics: dict[str, float]) -> dict[str, float]:
    """Round metrics to six digits: further digits depend on the machine."""
    return {name: round(value, 6) for name, value in metrics.items()}
