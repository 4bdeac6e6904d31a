"""One model's learning and judging on a plan's cut-offs: what a night and a backtest both do."""

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

    The models of a night train side by side in processes of their own, and sums that threads share
    out round differently on machines with another number of cores.
    """
    with threadpool_limits(limits=1):
        yield


def samples_of(
    settings: Settings, folder: Path, plan: Plan, model: Model
) -> tuple[list[Sample], Sample]:
    """Return the samples that a model learns from, and the one that it is judged by.

    Parameters
    ----------
    settings
        Gives the limits of the connection.
    folder
        As in `ml.features.write_files`.
    plan
        The cut-offs.
    model
        Says which of them it takes.

    Returns
    -------
    tuple of list of Sample and Sample
        Training and evaluation.

    Raises
    ------
    ValueError
        If a day that is learnt from would lie in the window that is judged on.
    """
    cutoffs = model.training_cutoffs(plan)
    ahead = timedelta(days=plan.horizon_days if cutoffs == plan.training else 0)
    for cutoff in cutoffs:
        if cutoff + ahead > plan.evaluation:
            raise ValueError(
                f"{model.name} would learn from days up to {cutoff + ahead}, and be judged from "
                f"{plan.evaluation} on"
            )
    evaluation = model.evaluation_cutoff(plan)
    *training, judged = read_samples(settings, folder, plan, [*cutoffs, evaluation])
    return training, judged


def rounded(metrics: dict[str, float]) -> dict[str, float]:
    """Return metrics to six digits: more would be the machine's, not the model's."""
    return {name: round(value, 6) for name, value in metrics.items()}
