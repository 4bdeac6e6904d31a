"""The folder in which a benchmark works; after a failure its logs stay there."""

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
    """Print the machine, provide a working folder, and keep the logs if the benchmark fails.

    Parameters
    ----------
    given
        The user's folder, in which everything is kept. By default a temporary folder, which is
        deleted after a success; after a failure its ``*.log`` files are kept.
    gigabytes
        The space that must be free.

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
    """Delete everything in a folder but the logs, and the folder itself if there are none."""
    for path in sorted(folder.rglob("*"), reverse=True):  # the contents before their folder
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        elif path.suffix != ".log":
            path.unlink()
    if not any(folder.iterdir()):
        folder.rmdir()
