"""Gives Airflow a home of its own before a test imports it: at import it writes one into $HOME."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="dangol-test-airflow-"))
os.environ.setdefault("AIRFLOW__CORE__LOAD_EXAMPLES", "False")
os.environ.setdefault(
    "AIRFLOW__CORE__PLUGINS_FOLDER",
    str(Path(__file__).parents[2] / "dangol" / "orchestration" / "plugins"),
)
