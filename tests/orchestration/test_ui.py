"""The Airflow UI as a person sees it: log in, trigger a night with the form, see it green."""

import http.client
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
from playwright.sync_api import Locator, Page, expect, sync_playwright

from dangol.build.published import open_published
from dangol.orchestration.environment import passwords_file
from dangol.orchestration.guard import HEADERS
from dangol.orchestration.standalone import SERVICES
from dangol.settings import PROJECT_ROOT, Settings
from demo.complete_journey import DataMissingError, prepare

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(1200)]

BUSINESS_DATE = "2017-12-31"
POLICY = "Content-Security-Policy"
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
        page.refused = []
        page.on("console", lambda told: _note_refusal(page, told.text))
        page.goto(address)
        page.get_by_label("Username").fill("admin")
        password = json.loads(passwords_file(settings).read_text())["admin"]
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("link", name="Dags").first).to_be_visible(timeout=60_000)
        yield page
        browser.close()


def _note_refusal(page: Page, text: str) -> None:
    if "Content Security Policy" in text:
        page.refused.append(text)


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


def test_it_sets_security_headers_and_answers_to_its_own_names_only(address):
    def asked(host):
        connection = http.client.HTTPConnection(address.removeprefix("http://"))
        connection.request("GET", "/auth/login/", headers={"Host": host})
        response = connection.getresponse()
        connection.close()
        return response

    own = asked("127.0.0.1")
    assert {name: own.getheader(name) for name in HEADERS if name != POLICY} == {
        name: text for name, text in HEADERS.items() if name != POLICY
    }
    assert "frame-ancestors 'self'" in own.getheader(POLICY)
    assert asked("evil.example.com").status == 421


def _trigger(page: Page, address: str, business_date: str) -> None:
    page.goto(f"{address}/dags/nightly")
    page.get_by_role("button", name="Trigger").first.click()
    form = page.get_by_role("dialog")
    expect(form.get_by_text("Empty: the last business day that is over.")).to_be_visible()
    expect(form.locator("input[type=date], input[type=datetime-local]")).to_have_count(1)
    for other in ("Logical Date", "Data Interval"):
        expect(form.get_by_text(other)).to_have_count(0)
    form.get_by_label("Business date").or_(form.locator("input[type=date]")).last.fill(
        business_date
    )
    form.get_by_role("button", name="Trigger").click()
    expect(form).to_be_hidden(timeout=20_000)


def _last_run(page: Page, address: str, state: str, seconds: int = 500) -> Locator:
    """Wait until the first row of the list of runs shows a state."""
    page.goto(f"{address}/dags/nightly/runs")
    row = page.locator("table tbody tr").first
    expect(row).to_contain_text(re.compile(state, re.IGNORECASE), timeout=seconds * 1000)
    return row


def _shoot(page: Page, name: str) -> None:
    """Take a picture, if ``DANGOL_SCREENSHOTS`` names a folder for them."""
    page.wait_for_load_state("networkidle")
    folder = os.environ.get("DANGOL_SCREENSHOTS")
    shot = page.screenshot(path=f"{folder}/{name}.png" if folder else None)
    assert len(shot) > 20_000


def test_a_night_is_triggered_with_the_form_and_turns_green(page, address, settings):
    _trigger(page, address, BUSINESS_DATE)
    row = _last_run(page, address, "success|failed")
    expect(row).to_contain_text(f"manual__{BUSINESS_DATE}__")
    expect(row).not_to_contain_text(re.compile("failed", re.IGNORECASE))
    _shoot(page, "nightly-runs")
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
    _shoot(page, "nightly-grid")


def test_times_are_in_the_company_s_zone(page, settings):
    assert json.loads(page.evaluate("localStorage.getItem('timezone')")) == (
        settings.company.timezone
    )


def test_a_run_shows_its_night_s_page(page, address):
    _last_run(page, address, "success").get_by_role("link").first.click()
    page.get_by_role("link", name="Night's page").click()
    night = page.frame_locator("iframe")
    expect(night.get_by_text("Readers have tonight's publication.")).to_be_visible(timeout=30_000)
    _shoot(page, "nightly-run")


def test_dbt_s_documentation_is_shown_and_can_not_reach_the_ui(page):
    """It is behind a link of the night's page: search, links and lineage work, in no origin."""
    shown = page.frame_locator("iframe")
    shown.get_by_text("All nights").click()
    shown.get_by_role("link", name=BUSINESS_DATE).click()
    shown.get_by_role("link", name="Models and lineage").click()
    expect(shown.get_by_text("The models and where they come from")).to_be_visible(timeout=30_000)
    shown.get_by_placeholder("Search for models...").fill("customers")
    shown.get_by_text("identity_customers").locator("visible=true").first.click()
    expect(shown.get_by_role("heading", name="identity_customers")).to_be_visible()
    documentation = page.frames[-1]
    assert documentation.url.endswith("#!/model/model.dangol.identity_customers")
    assert documentation.evaluate("window.origin") == "null"
    reach = "() => {try {return top.document.body.innerText} catch (error) {return error.name}}"
    assert documentation.evaluate(reach) == "SecurityError"


def test_an_asset_says_how_many_rows_it_has_and_links_to_the_page(page, address):
    answer = page.request.get(f"{address}/api/v2/assets/events?order_by=-timestamp&limit=10")
    events = {event["name"]: event for event in answer.json()["asset_events"][::-1]}
    assert {event["partition_key"] for event in events.values()} == {BUSINESS_DATE}
    for name, event in events.items():
        facts = event["extra"]
        assert facts["business_date"] == BUSINESS_DATE, name
        assert facts["rows"] > 0, name
        assert facts["seconds"] > 0, name
        assert facts["night"] == f"{address}/nights/{BUSINESS_DATE}.html"
    page.goto(events["published"]["extra"]["night"])
    expect(page.get_by_role("heading", level=1)).to_have_text("Readers have tonight's publication.")


def test_a_run_that_is_marked_failed_is_red_and_green_once_it_is_cleared(page, address, settings):
    _trigger(page, address, "2017-12-30")
    row = _last_run(page, address, "running", 120)
    row.get_by_role("link").first.click()
    expect(page.get_by_text(re.compile("raw.extract")).first).to_be_visible(timeout=120_000)
    page.get_by_role("button", name="Mark Dag Run as...").click()
    page.get_by_role("menuitem", name="Failed").click()
    page.get_by_role("dialog").get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("dialog")).to_be_hidden(timeout=30_000)

    _last_run(page, address, "failed", 180)
    assert json.loads((settings.home / "run.json").read_text())["ended_at"]
    with open_published(settings) as published:
        day = published.execute("select business_date from ops.current_run").fetchall()
    assert day == [(date.fromisoformat(BUSINESS_DATE),)], "readers keep what they had"

    page.locator("table tbody tr").first.get_by_role("link").first.click()
    page.get_by_role("button", name="Press shift+c to clear").click()
    page.get_by_role("dialog").get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("dialog")).to_be_hidden(timeout=30_000)
    _last_run(page, address, "running|queued", 60)
    _last_run(page, address, "success")


def test_nothing_was_refused_by_the_browser(page):
    """The policy fits what the UI does: pages, forms, grids, pictures."""
    assert page.refused == []
