"""The Airflow UI as a person sees it: log in, trigger a night with the form, see it green."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from datetime import date
from types import SimpleNamespace

import psutil
import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, expect, sync_playwright

from dangol.build.published import open_published
from dangol.orchestration.environment import passwords_file
from dangol.orchestration.standalone import SERVICES
from dangol.settings import PROJECT_ROOT, Settings
from demo.complete_journey import DataMissingError, prepare

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(600)]

BUSINESS_DATE = "2017-12-31"
PROGRAM = """
import sys
from dangol.orchestration.standalone import standalone
from dangol.settings import get_settings
standalone(get_settings(), lambda line: print(line, flush=True), int(sys.argv[1]))
"""
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    """A home with a month of the files; ``DANGOL_UI_HOME`` names another, for a picture."""
    if home := os.environ.get("DANGOL_UI_HOME"):
        return Settings.from_environment({"DANGOL_HOME": home})
    home = str(tmp_path_factory.mktemp("ui") / "home")
    settings = Settings.from_environment({"DANGOL_HOME": home})
    try:
        prepare(settings, first=date(2017, 12, 1), last=date.fromisoformat(BUSINESS_DATE))
    except DataMissingError as error:
        pytest.skip(str(error))
    return Settings.from_environment({"DANGOL_HOME": str(settings.home)})


@pytest.fixture(scope="module")
def server(settings):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folders = [str(PROJECT_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("AIRFLOW")}
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(port)],
        env={**inherited, "DANGOL_HOME": str(settings.home), "PYTHONPATH": ":".join(folders)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        said = []
        for line in process.stdout:
            said.append(line)
            if line.startswith("Logs:"):
                break
        started = [line.strip() for line in said if line.startswith("  …")]
        assert started == [f"…  {name}" for name in ("database", *SERVICES)], "".join(said)
        assert said[-3].startswith(f"Airflow is at http://127.0.0.1:{port} (after "), "".join(said)
        assert said[-2] == f"The user is admin; the password is in {passwords_file(settings)}\n"
        yield SimpleNamespace(address=f"http://127.0.0.1:{port}", pid=process.pid)
        services = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        assert psutil.wait_procs(services, timeout=10)[1] == [], "nothing of Airflow is left"
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        process.stdout.close()


@pytest.fixture(scope="module")
def address(server):
    return server.address


@pytest.fixture(scope="module")
def page(address, settings):
    chromium = shutil.which("chromium")
    if not chromium:
        pytest.skip("chromium is not on this machine (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
        page = browser.new_page(viewport={"width": 1440, "height": 1000}, color_scheme="light")
        page.goto(address)
        page.get_by_label("Username").fill("admin")
        password = json.loads(passwords_file(settings).read_text())["admin"]
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("link", name="Dags").first).to_be_visible(timeout=60_000)
        yield page
        browser.close()


def _open_grid(page: Page, address: str) -> None:
    """Show every task of the last run; once more if the page did not come up the first time."""
    grid = page.get_by_label("Show Grid (Press g)")
    expand = page.get_by_label("Expand all task groups")
    for is_last in (False, True):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        try:
            expect(grid.or_(expand).first).to_be_visible(timeout=60_000)
            if grid.is_visible():
                grid.click()
            expand.click(timeout=30_000)
        except (AssertionError, PlaywrightError) as error:
            if is_last:
                text = page.locator("body").inner_text()
                raise AssertionError(f"the grid can't be opened; the page says:\n{text}") from error
        else:
            return


def test_it_listens_on_the_loopback_interface_only(server):
    """Airflow's log servers would listen on every interface; they are off."""
    listening = {
        connection.laddr.ip
        for process in psutil.Process(server.pid).children(recursive=True)
        for connection in process.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    }
    assert listening == {"127.0.0.1"}


def test_a_night_is_triggered_with_the_form_and_turns_green(page, address, settings):
    page.goto(f"{address}/dags/nightly")
    page.get_by_role("button", name="Trigger").first.click()
    form = page.get_by_role("dialog")
    expect(form.get_by_text("Empty: the last business day that is over.")).to_be_visible()
    form.get_by_label("Business date").or_(form.locator("input[type=date]")).last.fill(
        BUSINESS_DATE
    )
    form.get_by_role("button", name="Trigger").click()
    expect(form).to_be_hidden(timeout=20_000)

    page.goto(f"{address}/dags/nightly/runs")
    row = page.locator("table tbody tr").first
    expect(row).to_contain_text(re.compile("success|failed", re.IGNORECASE), timeout=400_000)
    expect(row).not_to_contain_text(re.compile("failed", re.IGNORECASE))
    with open_published(settings) as published:
        published_for = published.execute("select business_date from ops.current_run").fetchall()
    assert published_for == [(date.fromisoformat(BUSINESS_DATE),)]

    _open_grid(page, f"{address}/dags/nightly")
    for task_id in (
        "stage_raw",
        "gate_cleaned",
        "promote",
        "gate_customer_view",
        "publish",
        "finish",
    ):
        expect(page.get_by_text(task_id, exact=True).first).to_be_visible()
    expect(
        page.get_by_role("tab").or_(page.get_by_role("link", name="Overview")).first
    ).to_be_visible()
    page.wait_for_load_state("networkidle")
    shot = page.screenshot(path=os.environ.get("DANGOL_SCREENSHOT"))
    assert len(shot) > 20_000
