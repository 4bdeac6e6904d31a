"""Where a benchmark works, and what it leaves there when it fails: its logs."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measure import ProgramFailedError, print_machine
from benchmarks.needs import need_space


@contextmanager
def workspace(given: Path | None = None, gigabytes: float = 1.0) -> Iterator[Path]:
    """Print the machine, lend a benchmark a folder, and keep its logs if it fails.

    Parameters
    ----------
    given
        A folder of the user's, in which everything stays. By default a temporary one, of which
        nothing stays after a success and the logs, ``*.log``, after a failure.
    gigabytes
        That must be free.

    Yields
    ------
    Path
        Absolute.

    Raises
    ------
    SystemExit
        With 2 if there is too little space; with 1 if a measured program failed, after its message.
    """
    folder = (given or Path(tempfile.mkdtemp(prefix="dangol-benchmark-"))).absolute()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        need_space(folder, gigabytes)
        print_machine()
        yield folder
    except BaseException as error:
        if given is None:
            _keep_logs(folder)
        if isinstance(error, ProgramFailedError):
            print(error, file=sys.stderr)
            raise SystemExit(1) from None
        raise
    if given is None:
        shutil.rmtree(folder)


def _keep_logs(folder: Path) -> None:
    """Remove everything below a folder but logs, and the folder itself if there are none."""
    for path in sorted(folder.rglob("*"), reverse=True):  # what is in a folder before the folder
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        elif path.suffix != ".log":
            path.unlink()
    if not any(folder.iterdir()):
        folder.rmdir()
