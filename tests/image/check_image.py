"""The production image: built, run as docker-compose.yml does, and used for a night.

`make image-check` runs it, and takes minutes; its name keeps it out of `make test`.
"""

import logging
import shutil
import tempfile
from pathlib import Path

import pytest

from dangol.addresses import LANDING_SCHEMES
from dangol.settings import PROJECT_ROOT
from tests.image import engine
from tests.image.services import Services, limits
from tests.orchestration.test_services import COMPOSE, postgres

pytestmark = [
    pytest.mark.timeout(1800),
    pytest.mark.skipif(engine.why_not() != "", reason=engine.why_not()),
]

__all__ = ["postgres"]  # a fixture

log = logging.getLogger(__name__)
DAY = "2026-03-02"
STAYING = [name for name in COMPOSE["services"] if name not in {"postgres", "init", "dangol"}]
ORDERS = """\
Order No,Line,SKU,Item,Qty,단가(원),Member No,Status,Ordered at
A-1,1,S1,Green tea,2,4500,M1,paid,2026-03-02 09:10
A-1,2,S2,Rice cake,1,3000,M1,paid,2026-03-02 09:10
A-2,1,S1,Green tea,1,4500,M2,paid,2026-03-02 12:30
A-3,1,S2,Rice cake,4,3000,M2,cancelled,2026-03-02 18:00
"""
WRITABLE = {"/tmp", "/var/tmp", "/run/lock", "/var/lib/dangol"}  # noqa: S108 - what is expected
PSEUDO = r"-path /proc -o -path /sys -o -path /dev"
FIND_WRITABLE = rf"find / -xdev \( {PSEUDO} \) -prune -o -writable ! -type l -print"
TRY_DRIVERS = """
import asyncssh, bcrypt
from dangol.extract.zones.drivers import DRIVERS, load
for driver in DRIVERS.values():
    for name in (driver.file_system, *driver.errors, *driver.unreachable):
        load(f"{driver.scheme}://bucket", name)
print(*sorted([*DRIVERS, "sftp"]))
"""


@pytest.fixture(scope="module")
def container():
    folder = Path(tempfile.mkdtemp(prefix="dangol-image-", dir="/var/tmp"))
    buildah = engine.Engine(folder)
    try:
        container = engine.Container(buildah, buildah.build(LANDING_SCHEMES))
        yield container
        buildah.do("umount", container.name)
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def services(container, postgres, tmp_path_factory):
    services = Services(container, tmp_path_factory.mktemp("services"), postgres)
    try:
        yield services
    finally:
        services.stop()


def test_the_size(container):
    files = (file.lstat() for file in container.root.rglob("*"))
    by_inode = {status.st_ino: status.st_blocks * 512 for status in files}
    size = sum(by_inode.values()) / 1e9
    log.warning("the image has %.2f GB, with all drivers and its base", size)
    assert size < 2


def test_it_runs_as_the_service_s_user_and_can_change_nothing_that_runs(container):
    assert container.configuration["User"] == COMPOSE["x-airflow"]["user"]
    done = container.run(["/bin/sh", "-c", f"id -u; id -g; {FIND_WRITABLE}"])
    user, group, *writable = done.stdout.splitlines()
    assert f"{user}:{group}" == container.configuration["User"]
    assert set(writable) <= WRITABLE


def test_the_commands(container):
    help_text = container.run(["dangol", "--help"])
    assert (help_text.returncode, help_text.stdout.partition(" ")[0]) == (0, "usage:")
    lock = (PROJECT_ROOT / "requirements.lock").read_text(encoding="utf-8")
    version = container.run(["airflow", "version"], AIRFLOW_HOME="/tmp/airflow")  # noqa: S108
    assert f"apache-airflow=={version.stdout.strip()} " in lock


def test_every_driver_that_the_documentation_names(container):
    done = container.run(["python", "-c", TRY_DRIVERS])
    assert done.stdout.split() == sorted(LANDING_SCHEMES), done.stderr


def test_a_night(services):
    """A company's first: its folder, a system, a file, and what readers get."""
    started = services.by_hand(
        *("init", "--name", "Corner Shop", "--timezone", "Asia/Seoul", "--currency", "KRW")
    )
    assert started.returncode == 0, started.stderr
    contract = services.home / "company/systems/example/contract.yml"
    contract.write_text(contract.read_text().replace("status: draft", "status: active"))
    land(services, f"orders_{DAY}.csv", ORDERS)
    assert services.by_hand("contracts").returncode == 0
    night = services.by_hand("night", "--date", DAY)
    assert night.returncode == 0, night.stdout + night.stderr
    sql = "select count(*) as n, sum(spend_30d) as spent from customer_view.customers"
    asked = services.by_hand("query", "--format", "csv", sql)
    assert asked.stdout.split() == ["n,spent", "2,16500.0000"], asked.stderr
    assert services.by_hand("verify").returncode == 0


def test_the_services(services):
    """Each with the file's command, environment and health check."""
    services.init()
    services.come_up(STAYING)
    assert services.api("/api/v2/importErrors")["import_errors"] == []


def test_a_night_through_the_services(services):
    run = services.trigger("nightly", {"business_date": DAY})
    ended = services.ended("nightly", run, 600)
    states = {task["task_id"]: task["state"] for task in services.tasks("nightly", run)}
    assert ended["state"] == "success", states
    for name in STAYING:
        used, allowed = services.use(name), limits(name)
        log.warning("%s uses %.2f GB, %d threads", name, used[0] / 1e9, used[1])
        assert 0 < used[0] < allowed[0]
        assert 0 < used[1] < allowed[1]


def test_what_they_wrote_is_the_service_s_alone(services):
    """In the home, and nowhere else in the image but in `/tmp`."""
    written = [*services.home.rglob("*")]
    assert [file for file in written if not file.is_symlink() and file.stat().st_mode & 0o077] == []
    inside = services.container.root
    own = {file for file in inside.rglob("*") if file.lstat().st_uid == services.user[0]}
    outside = {f"/{file.relative_to(inside).parts[0]}" for file in own}
    assert outside <= {"/tmp", "/var"}  # noqa: S108
    assert [file for file in own if file.is_relative_to(inside / "var")] == [
        inside / "var/lib/dangol"
    ]


def land(services, name, text):
    folder = services.landing / "example"
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
