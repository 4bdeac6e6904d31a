"""Exit codes, and what is said about a command that failed.

The codes are documented in ``docs/commands.md``.
"""

from __future__ import annotations

import errno
import logging
import sys
from enum import IntEnum

from dangol.cli.terminal import tell, tell_error
from dangol.errors import DangolError
from dangol.tracebacks import trace_of

log = logging.getLogger(__name__)


class Exit(IntEnum):
    """How a command ended."""

    DONE = 0
    FAILED = 1
    """It said why; also if it found problems, or was interrupted."""
    WRONG_ARGUMENTS = 2
    BUG = 70
    """EX_SOFTWARE of sysexits.h."""
    READER_GONE = 141
    """128 + SIGPIPE, as shells say: its output had no reader any more, such as after `head`."""


_ADVICE = {
    errno.ENOSPC: "free some space, then run the command again",
    errno.EDQUOT: "this account has used up its quota: free some space, then run it again",
    errno.EROFS: "the disk is read-only: mount it so that it can be written to",
    errno.EACCES: "run it as the account that runs the pipeline, or give this account access",
    errno.EPERM: "run it as the account that runs the pipeline, or give this account access",
    errno.ENOENT: "check that the file is where the command looks for it",
    errno.ENOTDIR: "a part of the path is a file: move it away",
    errno.EISDIR: "a file is needed there: move the folder away",
    errno.EEXIST: "something else has this name: move it away",
    errno.ENOTEMPTY: "something else writes there: wait until it ends, then run it again",
    errno.ELOOP: "a link there leads to itself: remove it",
    errno.ENAMETOOLONG: "choose shorter names of folders",
    errno.EIO: "the disk may be failing: check it before anything else",
    errno.EINVAL: "the file can't be used as one: check what it is",
    errno.ENXIO: "the file can't be used as one: check what it is",
    errno.ENODEV: "the file can't be used as one: check what it is",
    errno.EMFILE: "too many files are open: raise the limit (ulimit -n)",
    errno.ENFILE: "too many files are open on this machine",
    errno.ENOMEM: "the machine has no memory left: stop something else, or lower DANGOL_THREADS",
    errno.EAGAIN: "the machine allows no further process or thread: lower DANGOL_THREADS",
    errno.ESTALE: "the disk is not reachable: mount it again",
    errno.ETIMEDOUT: "check the connection",
    errno.ECONNREFUSED: "check that the server runs",
    errno.EADDRINUSE: "choose another port with --port",
}
"""From the operating system's error to what a person can do. Another OSError is a bug."""

_REPORT_IT = """
This is a bug in Dangol, not a problem with your data. Please report it as an issue, with the lines
above, which quote no value of your rows, the command, and the output of `dangol --version`."""


def explain(error: Exception) -> Exit:
    """Print why a command failed, and return its exit code."""
    known = str(error) if isinstance(error, DangolError) else _of_the_machine(error)
    if known:
        log.debug("the command failed", exc_info=error)
        tell_error(known)
        return Exit.FAILED
    tell(trace_of(error))
    tell(_REPORT_IT)
    return Exit.BUG


def _of_the_machine(error: Exception) -> str:
    """Say what the machine lacks; empty if that is not what failed."""
    if isinstance(error, MemoryError):
        return f"the machine has no memory left: {_ADVICE[errno.ENOMEM].partition(': ')[2]}"
    if isinstance(error, OSError) and error.errno in _ADVICE:
        names = [str(name) for name in (error.filename, error.filename2) if name is not None]
        where = f"{' -> '.join(names)}: " if names else ""
        return f"{where}{error.strerror}; {_ADVICE[error.errno]}"
    duckdb = sys.modules.get("duckdb")
    if duckdb and isinstance(error, duckdb.IOException):
        first = str(error).partition("\n")[0]
        return f"{first}; check that the disk has space, and that the file is what it should be"
    return ""
