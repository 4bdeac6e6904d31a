"""One module per format of files; each turns a file into the same records."""

from __future__ import annotations
