"""Trains as of an earlier day, and evaluates on the days that followed.

``python -m ml.backtest --trained-to 2017-09-30 --days 92`` prints the table of ``docs/models.md``
from the build file of ``DANGOL_HOME``, which must have the days up to the window's end.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np

from dangol.build.warehouse import open_build
from dangol.files import private_folder
from dangol.id_keys import find_key
from dangol.night import Night
from dangol.settings import Settings, get_settings
from ml import models
from ml.features import build_features
from ml.fitting import one_thread, rounded, samples_of
from ml.model import SEED, Model, deciles
from ml.plan import Plan
from ml.samples import Floats, Sample, read_plan

_RESAMPLES = 500


def backtest(settings: Settings, trained_to: date, days: int) -> dict[str, Any]:
    """Train models up to a day and evaluate them on the days after it.

    This works on a copy of the build file, which is removed; nothing else is written.

    Parameters
    ----------
    trained_to
        The last day of the training data.
    days
        Length of the evaluation window, of the outcomes, and of the churn horizon.

    Returns
    -------
    dict
        ``window``, ``customers``, ``newcomers`` (first purchase in the window) and, per model,
        ``metrics`` of model and baseline, ``gain`` (with the 95 % interval of 500 resamples of
        the customers) and ``deciles``.

    Raises
    ------
    ValueError
        If there is not enough data.
    """
    last = trained_to + timedelta(days=days)
    key = find_key(settings)  # a home without one stays without: the copy makes its own
    scratch = replace(
        settings, home=settings.work / "backtest", id_key=key.secret.hex() if key else ""
    )
    try:
        _copy_build(settings, scratch)
        night = Night.of(last, settings.company)
        build_features(scratch, night, horizon_days=days, churn_horizon_days=days)
        plan = read_plan(scratch.models, last)
        with open_build(scratch, read_only=True) as build:
            newcomer_spend = build.execute(
                "select count(distinct customer_id), coalesce(sum(net_amount), 0)"
                " from features.int_purchase_days_bounded"
                " where activity_date >= $cutoff and customer_id not in"
                " (select customer_id from features.customer_features where cutoff = $cutoff)",
                {"cutoff": plan.evaluation},
            ).fetchone()
        found: dict[str, Any] = {"window": [plan.evaluation.isoformat(), last.isoformat()]}
        newcomers, missed = newcomer_spend or (0, 0)
        found["newcomers"] = newcomers
        for model in _backtested():
            training, sample = samples_of(scratch, scratch.models, plan, model)
            if reason := model.shortage(plan, training, sample):
                raise ValueError(f"{model.name}: not enough data: {reason}")
            with one_thread():
                predicted = model.predict(model.fit(plan, training), sample)
            found["customers"] = len(sample)
            found[model.name] = _judge(model, plan, predicted, sample, float(missed))
            found[model.name]["cutoffs"] = [cutoff.isoformat() for cutoff in plan.training]
    finally:
        shutil.rmtree(scratch.home, ignore_errors=True)
    return found


def format_backtest(found: dict[str, Any]) -> str:
    """Return a backtest as a readable table in Markdown."""
    first, last = found["window"]
    lines = [f"Evaluated on {first} to {last}: {found['customers']} existing customers"]
    for model in _backtested():
        part = found[model.name]
        metrics = list(part["metrics"]["model"])
        lines += ["", f"### {model.name} (trained at {', '.join(part['cutoffs'])})", ""]
        lines += [f"| | {' | '.join(metrics)} |", f"|---|{'---:|' * len(metrics)}"]
        for who, values in part["metrics"].items():
            cells = (f"{values[one]:.4f}" if one in values else "" for one in metrics)
            lines.append(f"| {who} | {' | '.join(cells)} |")
        low, high = part["gain"]["interval"]
        lines += [
            "",
            f"Gain {part['gain']['value']:.4f}, 95 % interval {low:.4f} to {high:.4f}",
            "",
        ]
        lines += ["| decile | customers | predicted | actual |", "|---:|---:|---:|---:|"]
        digits = min(model.digits, 4)
        for band in part["deciles"]:
            values = f"{band['predicted']:.{digits}f} | {band['actual']:.{digits}f}"
            lines.append(f"| {band['decile']} | {band['customers']} | {values} |")
    return "\n".join(lines) + "\n"


def _copy_build(settings: Settings, scratch: Settings) -> None:
    private_folder(scratch.warehouse)
    with open_build(settings, read_only=True):  # so that no night writes at the same time
        shutil.copyfile(settings.build_file, scratch.build_file)
    scratch.build_file.chmod(0o600)


def _backtested() -> list[Model]:
    return [model for model in models.load_all() if model.is_backtested]


def _judge(
    model: Model, plan: Plan, predicted: Floats, sample: Sample, missed: float
) -> dict[str, Any]:
    actual = model.actual(plan, sample)
    if actual is None:
        raise ValueError(f"{model.name} has no actual outcome to compare with")
    baseline = model.baseline(plan, sample)
    metrics = {}
    for who, values in (("model", predicted), ("baseline", baseline)):
        metrics[who] = rounded(model.judge(plan, values, sample))
        more = model.judge_with_newcomers(metrics[who], sample, missed)
        metrics[who] |= rounded(more)
    resampled = _resampled_gains(model, predicted, baseline, actual)
    return {
        "metrics": metrics,
        "gain": {
            "value": round(_gain(model, predicted, baseline, actual), 6),
            "interval": [round(float(end), 6) for end in np.quantile(resampled, [0.025, 0.975])],
        },
        "deciles": deciles(predicted, actual),
    }


def _resampled_gains(
    model: Model, predicted: Floats, baseline: Floats, actual: Floats
) -> list[float]:
    draws = np.random.default_rng(SEED)
    gains: list[float] = []
    for _ in range(_RESAMPLES):
        rows = draws.integers(0, len(actual), len(actual))
        gains.append(_gain(model, predicted[rows], baseline[rows], actual[rows]))
    return gains


def _gain(model: Model, predicted: Floats, baseline: Floats, actual: Floats) -> float:
    gain = model.measure(predicted, actual) - model.measure(baseline, actual)
    return gain if model.is_higher_better else -gain


def main() -> None:
    """Print a backtest of the build file of ``DANGOL_HOME``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trained-to", type=date.fromisoformat, default=date(2017, 9, 30))
    parser.add_argument("--days", type=int, default=92)
    given = parser.parse_args()
    sys.stdout.write(format_backtest(backtest(get_settings(), given.trained_to, given.days)))


if __name__ == "__main__":
    main()
