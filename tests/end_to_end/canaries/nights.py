"""Runs the nights of the club in Airflow, as `dangol run` does, and keeps all that is printed."""

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb

from dangol.settings import PROJECT_ROOT
from tests.end_to_end.canaries import exports
from tests.end_to_end.canaries.kinds import value_of

FOLDER = Path(__file__).parent
HOOKS, COMPANY = FOLDER / "hooks", FOLDER / "company"
DANGOL = [
    sys.executable,
    "-c",
    "import json, sys; from dangol.cli import main;"
    " sys.exit(str([int(main(each)) for each in json.loads(sys.argv[1])]))",
]
"""Runs commands one after the other and prints their exit codes last."""

DAY = f"date '{exports.STOPPED_DAY}'"
BREAK = {
    "aggregated": {
        "gate_aggregated": {
            "sql": f"""
            update aggregated.fct_orders set net_amount = net_amount - 1 where order_date = {DAY};
            insert into aggregated.fct_orders
                select * from aggregated.fct_orders where order_date = {DAY} limit 3;
            update aggregated.fct_orders set order_date = {DAY} + 3
                where order_id = (select max(order_id) from aggregated.fct_orders);
            delete from identity.identifier_customers
                where identifier_id in (select identifier_id from identity.identifiers limit 5);
            delete from identity.identifiers
                where identifier_id = (select max(identifier_id) from identity.identifiers);
            update aggregated.identifier_windows set order_count = 0 where window_days = 90;
            """
        }
    },
    "customer_view": {
        "gate_customer_view": {
            "sql": """
            delete from customer_view.customers
                where customer_id = (select min(customer_id) from customer_view.customers);
            update customer_view.customers
                set net_amount = -1, churn_probability = 7, predicted_spend_90d = -2,
                    last_order_date = date '2031-01-01', as_of = date '2031-01-01',
                    segment = 'none', frequency_score = 9
                where customer_id = (select max(customer_id) from customer_view.customers);
            insert into customer_view.customers from customer_view.customers limit 2;
            """
        }
    },
    "unexpected": {"gate_raw": {"raise": "max(cast(member_no as integer)) from raw.club__members"}},
}
"""What happens before a step, by night, as ``hooks/sitecustomize.py`` reads it."""


class Club:
    """A home of the club, and what its commands printed."""

    def __init__(self, folder, variables):
        self.folder, self.home = folder, folder / "home"
        self.printed = folder / "printed"
        self._variables = variables

    @property
    def environment(self):
        """The variables of its commands; nothing of theirs goes to this account's own folders."""
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith(("AIRFLOW", "DANGOL", "PYTEST"))}  # fmt: skip
        folders = {"HOME": "account", "TMPDIR": "temporary"}
        return {
            **kept,
            **{name: str(self.folder / each) for name, each in folders.items()},
            "DANGOL_HOME": str(self.home), "DANGOL_PARQUET": "yes", "DANGOL_THREADS": "1",
            "PYTHONPATH": f"{HOOKS}:{PROJECT_ROOT}", **self._variables,
        }  # fmt: skip

    def prepare(self):
        """Make the folders; the company is described, and nothing has landed."""
        for name in ("home", "printed", "account", "temporary"):
            (self.folder / name).mkdir(parents=True)
        shutil.copytree(COMPANY, self.home / "company")
        return self

    def copy(self, name):
        """Return a copy of the home, and of nothing that was printed."""
        club = Club(self.folder.with_name(name), self._variables)
        for each in ("printed", "account", "temporary"):
            (club.folder / each).mkdir(parents=True)
        shutil.copytree(self.home, club.home, symlinks=True)
        return club

    def commands(self, *lines, stdin=""):
        """Run commands and keep what they print; return their exit codes and that."""
        ended = subprocess.run(
            [*DANGOL, json.dumps([line.split() for line in lines])], env=self.environment,
            input=stdin, capture_output=True, text=True, cwd=PROJECT_ROOT,
        )  # fmt: skip
        said = ended.stdout + ended.stderr
        number = len(list(self.printed.iterdir()))
        (self.printed / f"{number:02}.txt").write_text(said)
        codes = said.rstrip("\n").rpartition("\n")[2]
        assert codes.startswith("["), said
        return json.loads(codes), said

    def break_before(self, hooks):
        """Say what happens before which step of the next nights."""
        self.home.with_name("home.hooks.json").write_text(json.dumps(hooks))

    def know_the_secret(self):
        """Have the secret of ids in a variable too."""
        secret = json.loads((self.home / "id-key.json").read_text())["key"]
        self._variables = self._variables | {"DANGOL_ID_KEY": secret}
        return bytes.fromhex(secret)


def first_night(club):
    """Run a night that goes on with everything, and publishes."""
    exports.first_night(club.home / "landing")
    wrong = "max(cast(record_id as integer)) from cleaned.contact_records"
    club.break_before({"train inside churn": {"raise": wrong}})
    return club.commands(f"run --date {exports.PUBLISHED}")


def later_nights(club):
    """Run a night for each place in which one can stop, and the commands of `ask`.

    Returns
    -------
    tuple of dict and list
        By place: the home, the exit codes of the night and of what was run after it, and what was
        printed. And the exit codes of the commands.
    """
    homes = {name: club.copy(name) for name in exports.STOPPED}
    day = f"--date {exports.STOPPED_DAY}"

    def run(name):
        own = homes[name]
        exports.STOPPED[name](own.home / "landing")
        own.break_before(BREAK.get(name, {}))
        for file in own.home.glob(f"company/expectations/{name}/*.sql"):
            file.write_text(file.read_text().replace("severity: warning", "severity: critical"))
        lines = [f"run {day}", "loads --problems", f"report {day}"]
        if name == "unexpected":
            lines.append(f"-v night {day}")  # the same without Airflow
        return own, *own.commands(*lines)

    with ThreadPoolExecutor(2) as pool:
        asked = pool.submit(ask, club)
        stopped = dict(zip(homes, pool.map(run, homes), strict=True))
        return stopped, asked.result()


def ask(club):
    """Run the commands that a person runs after a published night; return their exit codes."""
    landing = club.home / "landing"
    query = "select min(customer_id) from customer_view.customers"
    with duckdb.connect(club.home / "warehouse" / "dangol.duckdb", read_only=True) as tables:
        ((customer,),) = tables.execute(query).fetchall()
    return club.commands(
        "report", "loads", "loads --problems", "quarantine", "publications", "verify",
        "checksums", "contracts", f"whois {customer}", "whois --type club_member", "tables",
        "tables customers",
        f"source check club {landing}/club/members_{exports.PUBLISHED}.csv",
        f"source draft drafted {landing}/club/members_{exports.PUBLISHED}.csv",
        stdin=f"{value_of('member number', 7)}\n",
    )[0]  # fmt: skip
