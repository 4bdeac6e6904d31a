"""Runs one step of a night here: ``python -m benchmarks.step DATE NAME [ARGUMENT …]``."""

from __future__ import annotations

import logging
import os
import sys
from datetime import date

from benchmarks.needs import need_path
from dangol.night import Night
from dangol.nightly.steps import step_named
from dangol.settings import get_settings

if __name__ == "__main__":
    os.umask(0o077)
    logging.basicConfig(level=logging.INFO)
    day, name, *arguments = sys.argv[1:]
    settings = get_settings()
    need_path(settings.home, "dangol demo")
    night = Night.of(date.fromisoformat(day), settings.company)
    step_named(name).run(settings, night, *arguments)
