"""Run by `make test-contracts` in a separate environment; elsewhere there is nothing to collect."""

from __future__ import annotations

import importlib.util

if importlib.util.find_spec("datacontract") is None:
    collect_ignore_glob = ["test_*.py"]
