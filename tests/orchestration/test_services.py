"""The services of docker-compose.yml, run here without a container engine against PostgreSQL."""

import contextlib
import http.client
import json
import logging
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml
from aiosmtpd.controller import Controller

from dangol.settings import PROJECT_ROOT

pytestmark = [pytest.mark.end_to_end, pytest.mark.timeout(1800)]

log = logging.getLogger(__name__)
STUB = Path(__file__).parent / "stub"
COMPOSE = yaml.safe_load((PROJECT_ROOT / "docker-compose.yml").read_text())
[ENTRYPOINT] = re.findall(
    r"^ENTRYPOINT (.+)$", (PROJECT_ROOT / "Dockerfile").read_text(), re.MULTILINE
)
NIGHT_TASKS = 24

SECRETS = {
    "DANGOL_DATABASE_PASSWORD": "Zs3nP0stgres",
    "DANGOL_FERNET_KEY": "x2uP0lQHfSx1cZ0mVn7Qd1lqKZ7yqO5vQ0Ww0mD8c3E=",
    "DANGOL_API_SECRET_KEY": "k" * 43,
    "DANGOL_JWT_SECRET": "j" * 43,
    "DANGOL_ADMIN_PASSWORD": "Adm1n-of-a-test",
}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(condition, what, seconds=300):
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.5)
    return answer


def interpolated(text, variables):
    """Put values in the place of `${NAME:?message}` and `${NAME:-default}`, as compose does."""

    def value(found):
        name, operator, other = found.groups()
        if not variables.get(name) and operator == ":?":
            raise KeyError(f"{name}: {other}")
        return variables.get(name) or other or ""

    return re.sub(r"\$\{(\w+)(?:(:\?|:-)([^}]*))?\}", value, text).replace("$$", "$")


@pytest.fixture(scope="module")
def postgres():
    """A private cluster, with the user and database that compose names; PostgreSQL refuses root."""
    folders = [os.environ.get("PATH", ""), *map(str, Path("/usr/lib/postgresql").glob("*/bin"))]
    search = os.pathsep.join(folders)
    if not (initdb := shutil.which("initdb", path=search)):
        pytest.skip("PostgreSQL's initdb is not on this machine")
    server = shutil.which("postgres", path=search)
    user = {}
    folder = Path(tempfile.mkdtemp(prefix="dangol-postgres-"))
    if os.geteuid() == 0:
        names = {entry.pw_name for entry in pwd.getpwall()}
        account = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
        user = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        os.chown(folder, account.pw_uid, account.pw_gid)
    service = COMPOSE["services"]["postgres"]["environment"]
    password_file = folder / "password"
    password_file.write_text(SECRETS["DANGOL_DATABASE_PASSWORD"])
    password_file.chmod(0o644)
    data, port = folder / "data", free_port()
    subprocess.run(
        [
            initdb,
            f"--pgdata={data}",
            f"--username={service['POSTGRES_USER']}",
            f"--pwfile={password_file}",
            service["POSTGRES_INITDB_ARGS"],
            "--auth-local=scram-sha-256",
            "--no-sync",
        ],
        check=True,
        capture_output=True,
        cwd=folder,
        **user,
    )
    process = subprocess.Popen(
        [server, "-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", folder, "-F"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        **user,
    )
    environment = {**os.environ, "PGPASSWORD": SECRETS["DANGOL_DATABASE_PASSWORD"]}
    connect = ["-h", "127.0.0.1", "-p", str(port), "-U", service["POSTGRES_USER"]]
    ready, create = (shutil.which(name, path=search) for name in ("pg_isready", "createdb"))
    until(lambda: subprocess.run([ready, *connect], capture_output=True).returncode == 0, "it")
    subprocess.run([create, *connect, service["POSTGRES_DB"]], check=True, env=environment)
    yield port
    process.send_signal(signal.SIGINT)
    process.wait(30)
    shutil.rmtree(folder)


class Receivers:
    """A mail server and a webhook, for the alerts."""

    def __init__(self):
        self.mails, self.posts = [], []
        self.smtp = Controller(self, hostname="127.0.0.1", port=free_port())
        posts = self.posts

        class Webhook(BaseHTTPRequestHandler):
            def do_POST(self):
                posts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.end_headers()

        self.http = HTTPServer(("127.0.0.1", 0), Webhook)
        self.smtp.start()
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        self.variables = {
            "DANGOL_SMTP_HOST": "127.0.0.1",
            "DANGOL_SMTP_PORT": str(self.smtp.port),
            "DANGOL_SMTP_FROM": "dangol@example.com",
            "DANGOL_SMTP_TO": "oncall@example.com",
            "DANGOL_SMTP_SECURITY": "none",
            "DANGOL_SLACK_WEBHOOK": f"http://127.0.0.1:{self.http.server_port}/hook",
        }

    async def handle_DATA(self, _server, _session, envelope):
        self.mails.append(message_from_bytes(envelope.content)["Subject"])
        return "250 OK"

    def stop(self):
        self.smtp.stop()
        self.http.shutdown()
        self.http.server_close()


class Wire(BaseHTTPRequestHandler):
    """Between the scheduler's workers and the API for tasks, which it can make slow to answer."""

    slow = re.compile("(?!)")
    """The starts of tasks that are answered late, by the path of the request."""
    late_by = 0.0
    times = 0

    def do_any(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        connection = http.client.HTTPConnection("127.0.0.1", self.server.api_port, timeout=120)
        connection.request(self.command, self.path, body, dict(self.headers))
        response = connection.getresponse()
        answer = response.read()
        connection.close()
        if self.command == "PATCH" and Wire.times and Wire.slow.search(self.path):
            Wire.times -= 1
            time.sleep(Wire.late_by)
        with contextlib.suppress(OSError):
            self.send_response(response.status)
            for name, text in response.getheaders():
                if name.lower() not in {"content-length", "transfer-encoding", "connection"}:
                    self.send_header(name, text)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_any

    def log_message(self, *_):
        pass


class Airflow:
    """The services of the file, with this machine's addresses in the place of the containers'."""

    def __init__(self, folder, postgres_port):
        self.home = folder / "home"
        self.home.mkdir(mode=0o700)
        self.folder, self.port, self.health_port = folder, free_port(), free_port()
        self.fail_file = folder / "fail.txt"
        self.hang_file = folder / "hang.txt"
        self.fail_file.touch()
        self.hang_file.touch()
        self.token = ""
        self.is_impatient = False
        self.wire = ThreadingHTTPServer(("127.0.0.1", 0), Wire)
        self.wire.api_port = self.port
        threading.Thread(target=self.wire.serve_forever, daemon=True).start()
        self.processes = {}
        self.receivers = Receivers()
        self.moved = {
            "postgres:5432": f"127.0.0.1:{postgres_port}",
            "api-server:8080": f"127.0.0.1:{self.port}",
            "127.0.0.1:8080": f"127.0.0.1:{self.port}",
            "127.0.0.1:8974": f"127.0.0.1:{self.health_port}",
            "/var/lib/dangol": str(self.home),
            "/opt/dangol": str(PROJECT_ROOT),
        }

    def here(self, text):
        text = interpolated(str(text), {**SECRETS, **self.receivers.variables})
        for there, here in self.moved.items():
            text = text.replace(there, here)
        return text

    def environment(self, name):
        named = COMPOSE["services"][name]["environment"]
        return {
            "HOME": str(self.folder),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": f"{STUB}:{PROJECT_ROOT}:{os.environ.get('PYTHONPATH', '')}",
            **{key: self.here(value) for key, value in named.items() if value is not None},
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(self.port),
            "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_PORT": str(self.health_port),
            # as always, but ten times as fast: how soon a dead scheduler's tasks are missed
            "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "30",
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "30",
            "DANGOL_STUB_FAIL": str(self.fail_file),
            "DANGOL_STUB_HANG": str(self.hang_file),
            **(self.impatience() if self.is_impatient else {}),
        }

    def impatience(self):
        return {
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": (
                f"http://127.0.0.1:{self.wire.server_port}/execution/"
            ),
            "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "3",
            "AIRFLOW__WORKERS__EXECUTION_API_RETRIES": "2",
        }

    def run(self, name, command):
        with (self.folder / f"{name}.log").open("a") as stdout:
            return subprocess.Popen(
                command,
                env=self.environment(name),
                cwd=PROJECT_ROOT,
                stdout=stdout,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                umask=0o022,  # as in a container
            )

    def init(self):
        service = COMPOSE["services"]["init"]
        script = [self.here(line) for line in service["command"]]
        code = self.run("init", [*service["entrypoint"], *script]).wait(400)
        assert code == 0, (self.folder / "init.log").read_text()[-3000:]

    def start(self, name):
        service = COMPOSE["services"][name]
        own = [self.here(word) for word in service.get("entrypoint", ())]
        self.processes[name] = self.run(
            name, [*(own or json.loads(ENTRYPOINT)), *service["command"]]
        )

    def is_healthy(self, name):
        kind, *check = COMPOSE["services"][name]["healthcheck"]["test"]
        command = [self.here(part) for part in check]
        if kind == "CMD-SHELL":
            command = ["/bin/sh", "-c", *command]
        environment = self.environment(name)
        answer = subprocess.run(command, env=environment, capture_output=True, cwd=PROJECT_ROOT)
        return answer.returncode == 0

    def stop(self):
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.receivers.stop()
        self.wire.shutdown()
        self.wire.server_close()

    def api(self, path, body=None, method=None):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310 - our own server
            return json.load(answer)

    def log_in(self):
        credentials = {"username": "admin", "password": SECRETS["DANGOL_ADMIN_PASSWORD"]}
        self.token = self.api("/auth/token", credentials)["access_token"]

    def come_up(self, names):
        """Start services, and wait until they are healthy and have both DAGs."""
        for name in names:
            self.start(name)
        for name in names:
            until(lambda name=name: self.is_healthy(name), f"the health check of {name}", 400)
        self.log_in()
        both, path = ["backfill", "nightly"], "/api/v2/dags?order_by=dag_id"
        until(lambda: [dag["dag_id"] for dag in self.api(path)["dags"]] == both, "the DAGs")

    def trigger(self, dag_id, conf):
        body = {"logical_date": None, "conf": conf}
        return self.api(f"/api/v2/dags/{dag_id}/dagRuns", body)["dag_run_id"]

    def ended(self, dag_id, run_id, seconds=600):
        def state():
            run = self.api(f"/api/v2/dags/{dag_id}/dagRuns/{run_id}")
            return run if run["state"] in {"success", "failed"} else None

        return until(state, f"the end of {run_id}", seconds)

    def tasks(self, dag_id, run_id):
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances?limit=100"
        return self.api(path)["task_instances"]


@pytest.fixture(scope="module")
def airflow(postgres, tmp_path_factory):
    airflow = Airflow(tmp_path_factory.mktemp("services"), postgres)
    try:
        airflow.init()
        names = [name for name in COMPOSE["services"] if name not in {"postgres", "init", "dangol"}]
        airflow.come_up(names)
        yield airflow
    finally:
        airflow.stop()


def test_the_file_does_not_start_without_its_secrets():
    connection = COMPOSE["x-airflow-environment"]["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]
    with pytest.raises(KeyError, match="DANGOL_DATABASE_PASSWORD"):
        interpolated(connection, {})


def test_init_does_nothing_the_second_time_and_shows_no_password(airflow):
    """Not to other accounts of the machine either, which see the words of every command."""
    seen, done = set(), threading.Event()

    def look():
        while not done.is_set():
            for file in Path("/proc").glob("[0-9]*/cmdline"):
                with contextlib.suppress(OSError):
                    seen.add(file.read_bytes())

    watcher = threading.Thread(target=look)
    watcher.start()
    airflow.init()
    done.set()
    watcher.join()
    assert [words for words in seen if b"users\0create" in words], "the command is seen"
    secrets = [each.encode() for each in SECRETS.values()]
    assert [words for words in seen if any(secret in words for secret in secrets)] == []


def test_nobody_comes_in_without_the_password(airflow):
    with pytest.raises(urllib.error.HTTPError) as refused:
        airflow.api("/auth/token", {"username": "admin", "password": "admin"})
    assert refused.value.code == 401
    token, airflow.token = airflow.token, ""
    with pytest.raises(urllib.error.HTTPError) as closed:
        airflow.api("/api/v2/dags")
    airflow.token = token
    assert closed.value.code == 401


def test_a_night_on_the_local_executor(airflow, record_property):
    run = airflow.trigger("nightly", {"business_date": "2017-12-31"})
    ended = airflow.ended("nightly", run)
    tasks = airflow.tasks("nightly", run)
    assert ended["state"] == "success"
    assert {task["state"] for task in tasks} == {"success"}
    assert len(tasks) == NIGHT_TASKS
    assert "2017-12-31 extract grocer_till transactions" in steps_of(airflow)
    assert is_free(airflow)

    # the steps do nothing, so all of it is Airflow
    started = min(datetime.fromisoformat(task["start_date"]) for task in tasks)
    first = (started - datetime.fromisoformat(ended["queued_at"])).total_seconds()
    per_task = ended["duration"] / len(tasks)
    record_property("seconds_to_first_task", round(first, 2))
    record_property("seconds_per_task", round(per_task, 2))
    log.warning("Airflow: %.1f s to the first task, %.2f s per task", first, per_task)


def is_free(airflow):
    return json.loads((airflow.home / "run.json").read_text())["ended_at"] != ""


def steps_of(airflow):
    return (airflow.home / "steps.txt").read_text().splitlines()


def test_the_logs_are_the_pipeline_s_alone(airflow):
    night = "dag_id=nightly/run_id=manual__2017-12-31__*"  # between 2 and 4 h, one is scheduled too
    files = list((airflow.home / "airflow" / "logs").glob(f"{night}/**/attempt=1.log"))
    assert len(files) == NIGHT_TASKS
    written = [file for file in airflow.home.rglob("*") if not file.is_symlink()]
    assert [file for file in written if file.stat().st_mode & 0o077] == []


def test_a_gate_that_fails_stops_the_night_and_gives_the_home_back(airflow):
    airflow.fail_file.write_text("gate_aggregated 2017-12-20")
    run = airflow.trigger("nightly", {"business_date": "2017-12-20"})
    assert airflow.ended("nightly", run)["state"] == "failed"
    states = {
        task["task_id"]: (task["state"], task["try_number"])
        for task in airflow.tasks("nightly", run)
    }
    assert states["aggregated.gate_aggregated"] == ("failed", 1)
    assert states["publish"][0] == "upstream_failed"
    alert = "[Dangol] nightly failed at aggregated.gate_aggregated (2017-12-20): GateFailed"
    logs = [file.read_text() for file in (airflow.home / "airflow" / "logs").rglob("attempt=1.log")]
    assert [text for text in logs if alert in text], "the failure callback"
    webhook = airflow.receivers.variables["DANGOL_SLACK_WEBHOOK"]
    assert [text for text in logs if webhook in text] == []
    assert airflow.receivers.mails == [alert.partition(": ")[0]]
    assert [post["text"].partition("\n")[0] for post in airflow.receivers.posts] == (
        airflow.receivers.mails
    )
    assert states["finish"][0] == "failed"
    assert is_free(airflow)

    airflow.fail_file.write_text("")
    body = {"dag_run_id": run, "dry_run": False, "only_failed": True, "include_downstream": True}
    airflow.api("/api/v2/dags/nightly/clearTaskInstances", body)
    until(lambda: airflow.ended("nightly", run)["state"] == "success", "the second try")
    again = [line for line in steps_of(airflow) if line.startswith("2017-12-20 ")]
    assert again.count("2017-12-20 cleaned") == 1, "what was done is not done again"
    assert is_free(airflow)


def hung(airflow, step, day):
    """Trigger a night and wait until it is within a step, which will not end by itself."""
    airflow.hang_file.write_text(f"{step} {day}")
    run = airflow.trigger("nightly", {"business_date": day})
    until(lambda: airflow.hang_file.read_text().partition("\n")[2], "the hang", 300)
    airflow.hang_file.write_text("")
    return run


def test_a_run_is_called_after_its_business_date(airflow):
    run = airflow.trigger("nightly", {"business_date": "2017-12-18"})
    assert run.startswith("manual__2017-12-18__")
    assert airflow.ended("nightly", run)["partition_key"] == "2017-12-18"


def test_a_run_that_is_marked_failed_stays_red_and_gives_the_home_back(airflow):
    """Airflow skips what was to come and runs the teardown: skipped tasks alone would be green."""
    run = hung(airflow, "cleaned", "2017-12-17")
    mails = len(airflow.receivers.mails)
    airflow.api(f"/api/v2/dags/nightly/dagRuns/{run}", {"state": "failed"}, "PATCH")
    ended = airflow.ended("nightly", run)
    states = {task["task_id"]: task["state"] for task in airflow.tasks("nightly", run)}
    assert (ended["state"], states["publish"], states["finish"]) == ("failed", "skipped", "failed")
    assert is_free(airflow)
    until(lambda: len(airflow.receivers.mails) > mails, "the alert")
    assert airflow.receivers.mails[mails:] == ["[Dangol] nightly failed at finish (2017-12-17)"]


@pytest.mark.parametrize(
    ("task", "day"), [("publish", "2017-12-16"), ("raw.gate_raw", "2017-12-14")]
)
def test_a_task_that_is_only_marked_does_not_make_a_run_green(airflow, task, day):
    step = task.rpartition(".")[2]
    airflow.fail_file.write_text(f"{step} {day}")
    run = airflow.trigger("nightly", {"business_date": day})
    assert airflow.ended("nightly", run)["state"] == "failed"
    airflow.fail_file.write_text("")
    path = f"/api/v2/dags/nightly/dagRuns/{run}"
    # Airflow then clears what came after it by itself
    airflow.api(f"{path}/taskInstances/{task}", {"new_state": "success"}, "PATCH")
    until(lambda: airflow.api(path)["state"] in {"queued", "running"}, "the second try", 120)
    assert airflow.ended("nightly", run)["state"] == "failed"
    states = {each["task_id"]: each["state"] for each in airflow.tasks("nightly", run)}
    assert (states[task], states["report"], states["finish"]) == ("success", "success", "failed")


def test_a_run_that_is_marked_a_success_is_told_by_the_next_night(airflow):
    airflow.fail_file.write_text("gate_raw 2017-12-13")
    run = airflow.trigger("nightly", {"business_date": "2017-12-13"})
    assert airflow.ended("nightly", run)["state"] == "failed"
    airflow.fail_file.write_text("")
    airflow.api(f"/api/v2/dags/nightly/dagRuns/{run}", {"state": "success"}, "PATCH")
    assert airflow.ended("nightly", run)["state"] == "success"
    following = airflow.trigger("nightly", {"business_date": "2017-12-12"})
    assert airflow.ended("nightly", following)["state"] == "success"
    told = "[Dangol] a run is marked a success and published nothing (2017-12-13)"
    assert airflow.receivers.mails[-1] == told


def test_the_pages_are_behind_the_login(airflow):
    pages = airflow.home / "pages"
    pages.mkdir(exist_ok=True)
    (pages / "2017-12-31.html").write_text("<p>the night</p>")

    def asked(headers):
        connection = http.client.HTTPConnection("127.0.0.1", airflow.port)
        connection.request("GET", "/nights/pages/2017-12-31.html", headers=headers)
        response = connection.getresponse()
        body = response.read()
        connection.close()
        return response, body

    response, body = asked({"Authorization": f"Bearer {airflow.token}"})
    assert (response.status, body) == (200, b"<p>the night</p>")
    assert response.getheader("Content-Security-Policy").startswith("default-src 'none'")
    response, _ = asked({})
    assert (response.status, response.getheader("Location")) == (
        307,
        "/auth/login/?next=/nights/pages/2017-12-31.html",
    )


def test_behind_tls_a_login_s_cookies_are_for_tls_alone(airflow):
    """As nginx.conf asks: in the clear, under the name that people use."""
    port, name = free_port(), "airflow.example.com"
    environment = airflow.environment("api-server")
    environment |= {"AIRFLOW__API__PORT": str(port), "AIRFLOW__API__BASE_URL": f"https://{name}"}
    words = [*json.loads(ENTRYPOINT), *COMPOSE["services"]["api-server"]["command"]]
    server = subprocess.Popen(
        words, env=environment, cwd=PROJECT_ROOT, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip

    def asked(method, cookies=(), **form):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        headers = {
            "Host": name, "X-Forwarded-Proto": "https", "Accept": "text/html",
            "Cookie": "; ".join(each.partition(";")[0] for each in cookies),
            "Content-Type": "application/x-www-form-urlencoded", "Referer": f"https://{name}/",
        }  # fmt: skip
        connection.request(method, "/auth/login/", urllib.parse.urlencode(form), headers)
        response = connection.getresponse()
        page = response.read().decode()
        connection.close()
        return response.status, page, response.headers.get_all("Set-Cookie") or []

    def form():
        with contextlib.suppress(OSError):
            return asked("GET")

    try:
        status, page, cookies = until(form, "the login's form", 120)
        assert status == 200
        [token] = re.findall(r'name="csrf_token"[^>]* value="([^"]+)"', page)
        status, _, given = asked(
            "POST", cookies, username="admin", password=SECRETS["DANGOL_ADMIN_PASSWORD"],
            csrf_token=token,
        )  # fmt: skip
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(60)
    assert status in {302, 303, 307}
    names = {each.partition("=")[0] for each in given}
    assert {"_token", "session"} <= names
    assert [each for each in [*cookies, *given] if "; secure" not in each.lower()] == []


def test_a_task_that_is_killed_is_tried_again(airflow):
    airflow.hang_file.write_text("cleaned 2017-12-29")
    run = airflow.trigger("nightly", {"business_date": "2017-12-29"})
    victim = int(until(lambda: airflow.hang_file.read_text().partition("\n")[2], "the hang", 300))
    airflow.hang_file.write_text("")
    os.kill(victim, signal.SIGKILL)
    assert airflow.ended("nightly", run)["state"] == "success"
    tasks = airflow.tasks("nightly", run)
    assert [task["try_number"] for task in tasks if task["task_id"] == "cleaned.cleaned"] == [2]


@pytest.mark.parametrize(
    ("kill", "day"),
    [(os.kill, "2017-12-28"), (os.killpg, "2017-12-24")],
    ids=["it", "its workers too"],
)
def test_a_scheduler_that_is_killed_goes_on_where_it_was(airflow, kill, day):
    """Nobody is left to see the end of the task that was at work."""
    airflow.hang_file.write_text(f"aggregated {day}")
    run = airflow.trigger("nightly", {"business_date": day})
    until(lambda: airflow.hang_file.read_text().partition("\n")[2], "the hang", 300)
    airflow.hang_file.write_text("")
    kill(airflow.processes["scheduler"].pid, signal.SIGKILL)
    airflow.processes["scheduler"].wait()
    assert not is_free(airflow)
    airflow.start("scheduler")
    assert airflow.ended("nightly", run)["state"] == "success"
    done = [line for line in steps_of(airflow) if line.startswith(f"{day} ")]
    assert len(done) == len(set(done)) == NIGHT_TASKS - 1, "no step was done twice, none left out"
    assert is_free(airflow)


def test_backfill_stops_at_the_first_failed_night_and_goes_on_when_it_is_cleared(airflow):
    airflow.fail_file.write_text("gate_raw 2017-12-26")
    run = airflow.trigger("backfill", {"from_date": "2017-12-25", "to_date": "2017-12-27"})
    assert airflow.ended("backfill", run)["state"] == "failed"
    assert nights_of(airflow, run) == {
        "2017-12-25": "success",
        "2017-12-26": "failed",
        "2017-12-27": "skipped",
    }
    assert [line for line in steps_of(airflow) if line.startswith("2017-12-27")] == []

    airflow.fail_file.write_text("")
    body = {
        "dag_run_id": run,
        "dry_run": False,
        "only_failed": False,
        "task_ids": [["night", 1], ["night", 2]],
    }
    airflow.api("/api/v2/dags/backfill/clearTaskInstances", body)
    until(lambda: airflow.ended("backfill", run)["state"] == "success", "the rest")
    assert set(nights_of(airflow, run).values()) == {"success"}
    published = [line for line in steps_of(airflow) if line.endswith(" publish")]
    assert published[-3:] == [f"2017-12-{day} publish" for day in (25, 26, 27)]
    runs = airflow.api("/api/v2/dags/nightly/dagRuns?limit=100")["dag_runs"]
    named = sorted(run["dag_run_id"][:20] for run in runs if "backfill" in run["dag_run_id"])
    assert named == [f"backfill__2017-12-{day}" for day in (25, 26, 27)]


def nights_of(airflow, run):
    return {
        task["rendered_map_index"]: task["state"]
        for task in airflow.tasks("backfill", run)
        if task["task_id"] == "night"
    }


def test_backfill_refuses_a_range_that_makes_no_sense(airflow):
    run = airflow.trigger("backfill", {"from_date": "2017-12-27", "to_date": "2017-12-25"})
    assert airflow.ended("backfill", run)["state"] == "failed"
    path = f"/api/v2/dags/backfill/dagRuns/{run}/taskInstances/nights/logs/1?full_content=true"
    assert "before it begins on 2017-12-27; swap the dates" in json.dumps(airflow.api(path))


@pytest.fixture
def impatient(airflow):
    """The scheduler with less patience with the API for tasks, which is slow on demand."""
    process = airflow.processes["scheduler"]
    process.terminate()
    process.wait(60)
    airflow.is_impatient = True
    airflow.start("scheduler")
    until(lambda: airflow.is_healthy("scheduler"), "the scheduler", 120)
    yield airflow
    Wire.times = 0


def test_a_start_that_is_answered_too_late_is_asked_for_again_and_named_if_it_never_is(impatient):
    Wire.slow, Wire.late_by, Wire.times = re.compile("/task-instances/[^/]+/run$"), 4, 1
    run = impatient.trigger("nightly", {"business_date": "2017-12-11"})
    until(lambda: Wire.times == 0, "the start of begin")
    gate = next(
        task for task in impatient.tasks("nightly", run) if task["task_id"] == "raw.gate_raw"
    )
    Wire.slow, Wire.times = re.compile(f"/task-instances/{gate['id']}/run$"), 99
    assert impatient.ended("nightly", run)["state"] == "failed"
    states = {task["task_id"]: task["state"] for task in impatient.tasks("nightly", run)}
    assert (states["begin"], states["raw.gate_raw"]) == ("success", "failed")
    subject = "[Dangol] nightly failed at raw.gate_raw (2017-12-11)"
    told = [post["text"] for post in impatient.receivers.posts if post["text"].startswith(subject)]
    assert len(told) == 1
    assert "its supervisor's log names httpx.ReadTimeout: " in told[0]
