"""A process that has imported everything that a night needs, and forks a child for each act.

Importing takes longer than a night on small data; a test that runs forty nights imports once. Each
child is a separate process: it can be killed, traced and given environment variables.

Requests come as JSON lines: ``{"do": …, "with": …, "environment": …, "log": …, "paused": …}`` forks
and answers with the child's ``pid``; ``{"poll": pid}`` answers with its ``status`` (null while it
lives; negative: the signal that killed it).
"""

import gc
import importlib
import io
import json
import os
import signal
import sys
import time
from datetime import date

WARM = (
    "dangol.cli", "dangol.nightly.begin", "dangol.nightly.steps", "dangol.nightly.report",
    "dangol.build.stage", "dangol.publication.publish",
    "dangol.publication.rollback", "dangol.extract.stream", "dangol.extract.quarantine",
    "dangol.nightly.lock", "dangol.orchestration.driver", "demo.complete_journey",
    "dbt.cli.main", "dbt.adapters.duckdb.connections", "dbt.adapters.duckdb.impl",
    "great_expectations", "expectations.gate", "expectations.validate", "expectations.data_docs",
    "expectations.raw", "expectations.cleaned", "expectations.aggregated",
    "expectations.customer_view",
    "ml.features", "ml.train", "ml.evaluate", "ml.promote", "ml.score",
)  # fmt: skip


def command(arguments, stdin=""):
    """Run a command of the CLI, with a text as its standard input."""
    from dangol.cli import main

    sys.stdin = io.StringIO(stdin)
    return main(arguments)


def steps(day, names):
    """Run steps of a night, as often as they are mapped; ``applied``: as if it had published."""
    from dangol.build.state import mark_applied
    from dangol.build.warehouse import open_build
    from dangol.night import Night
    from dangol.nightly.steps import step_named
    from dangol.settings import get_settings

    settings = get_settings()
    night = Night.of(date.fromisoformat(day), settings.company)
    for name in names:
        if name == "applied":
            with open_build(settings) as build:
                mark_applied(build)
            continue
        step = step_named(name)
        for arguments in step.instances(settings):
            step.run(settings, night, *arguments)
    return 0


def extract(day, system, stream):
    """Load one stream."""
    from dangol.extract.stream import extract_stream
    from dangol.night import Night
    from dangol.settings import get_settings

    settings = get_settings()
    night = Night.of(date.fromisoformat(day), settings.company)
    extract_stream(settings, night, system, stream)
    return 0


def prepare(few, first, last, promotions=False):
    """Write exports from Parquet files like those of the real data."""
    from pathlib import Path

    from dangol.settings import get_settings
    from demo import complete_journey

    complete_journey.data_folder = lambda: Path(few)
    first, last = date.fromisoformat(first), date.fromisoformat(last)
    complete_journey.prepare(get_settings(), first, last, promotions)
    return 0


ACTS = {act.__name__: act for act in (command, steps, extract, prepare)}


def live(request):
    """Be the child: never returns."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for descriptor in (1, 2):
        os.dup2(log, descriptor)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ |= request.get("environment", {})
    time.tzset()
    if request.get("paused"):
        os.kill(os.getpid(), signal.SIGSTOP)
    status = 1
    try:
        status = ACTS[request["do"]](**request["with"])
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def answer(values):
    """Write one line to the client."""
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()


def main():
    """Answer requests until there are no more."""
    for name in WARM:
        importlib.import_module(name)
    gc.freeze()  # children that collect would copy every page of it
    answer({"ready": True})
    for line in sys.stdin:
        request = json.loads(line)
        if "poll" in request:
            ended, status = os.waitpid(request["poll"], os.WNOHANG)
            answer({"status": os.waitstatus_to_exitcode(status) if ended else None})
        else:
            pid = os.fork()
            if pid == 0:
                live(request)
            answer({"pid": pid})


if __name__ == "__main__":
    main()
