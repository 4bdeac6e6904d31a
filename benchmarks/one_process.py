"""Runs steps of a night in one process, as ``dangol night`` does, and records what each took.

``python -m benchmarks.one_process RESULT DATE STEP …`` writes a JSON object into ``RESULT``: per
step its seconds, CPU seconds, and the process's peak memory so far in MiB.
"""

from __future__ import annotations

import json
import logging
import os
import resource
import sys
import time
from datetime import date
from pathlib import Path

from benchmarks.needs import need_path
from dangol.night import Night
from dangol.nightly.steps import STEPS
from dangol.settings import get_settings


def main(result: Path, day: str, names: list[str]) -> None:
    """Run the steps in their order and write what they took.

    Parameters
    ----------
    names
        The steps; each is run for all its arguments.
    """
    settings = get_settings()
    need_path(settings.home, "dangol demo")
    night = Night.of(date.fromisoformat(day), settings.company)
    costs = {}
    for step in STEPS:
        if step.name not in names:
            continue
        started, processor = time.perf_counter(), time.process_time()
        for arguments in step.instances(settings):
            step.run(settings, night, *arguments)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        costs[step.name] = [
            time.perf_counter() - started, time.process_time() - processor, peak
        ]  # fmt: skip
    result.write_text(json.dumps(costs))


if __name__ == "__main__":
    os.umask(0o077)
    logging.basicConfig(level=logging.INFO)
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
