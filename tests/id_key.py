"""The secret of ids that tests fix: one of the inputs from which equal tables follow."""

from __future__ import annotations

import hashlib

SECRET = hashlib.sha256(b"dangol's tests").digest()
"""Nobody's: it is as public as this file."""
