"""What a Dockerfile copies and what `.dockerignore` lets in, read as an engine reads them."""

from __future__ import annotations

import re
from pathlib import PurePosixPath


def copied(dockerfile: str) -> list[str]:
    """Return the sources of every `COPY`, in order: files and folders of the context."""
    lines = dockerfile.replace("\\\n", " ").splitlines()
    copies = [line.split()[1:] for line in lines if line.startswith("COPY ")]
    return [source for words in copies for source in words[:-1] if not source.startswith("--")]


def is_in_context(path: str, dockerignore: str) -> bool:
    """Tell whether a file is sent to the engine: the last pattern that fits it decides."""
    names = [path, *(str(parent) for parent in PurePosixPath(path).parents)][:-1]
    is_in = True
    for line in dockerignore.splitlines():
        pattern = line.strip()
        if pattern and not pattern.startswith("#"):
            fits = _expression(pattern.removeprefix("!").strip("/"))
            if any(fits.fullmatch(name) for name in names):
                is_in = pattern.startswith("!")
    return is_in


def _expression(pattern: str) -> re.Pattern[str]:
    """Return a pattern of `.dockerignore` as a regular expression."""
    signs = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    return re.compile("".join(signs.get(part, re.escape(part)) for part in parts))
