"""Takes the pictures of a night's page and of dbt's documentation for README and docs.

``DANGOL_HOME`` names the home; the date of a night may follow, by default the last one::

    DANGOL_HOME=var/grocer python tools/screenshots.py 2017-12-31

Needs what ``make test`` installs, and Chromium.
"""

from __future__ import annotations

import shutil
import sys
import threading
from datetime import date

from playwright.sync_api import sync_playwright

from dangol.publication import dbt_docs
from dangol.settings import PROJECT_ROOT, get_settings
from pages.places import page_of
from pages.serve import open_server

IMAGES = PROJECT_ROOT / "docs" / "images"
WIDTH, HEIGHT = 1100, 1000
LINEAGE = "#!/model/model.dangol.fct_orders?g_v=1&g_i=3%2Bfct_orders%2B1"


def take(business_date: str | None) -> None:
    """Write ``night-page.png`` and ``dbt-docs.png``."""
    settings = get_settings()
    days = sorted(settings.pages.glob("????-??-??.html"))
    page = page_of(settings, date.fromisoformat(business_date)) if business_date else days[-1]
    server, address = open_server(settings, 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    folder = address.rpartition("/")[0]
    with server, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        view = chromium.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        view.goto(f"{folder}/{page.name}")
        view.screenshot(path=IMAGES / "night-page.png")
        view.set_viewport_size({"width": WIDTH, "height": 620})
        view.goto(f"{folder}/{dbt_docs.latest(settings)}{LINEAGE}")
        view.wait_for_timeout(4000)  # the graph moves into its place
        view.screenshot(path=IMAGES / "dbt-docs.png")
        chromium.close()
        server.shutdown()


if __name__ == "__main__":
    take(sys.argv[1] if len(sys.argv) > 1 else None)
