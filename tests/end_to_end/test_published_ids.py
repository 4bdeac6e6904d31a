"""Published ids can't be reversed, and change only when somebody rotates the secret."""

import base64
import hashlib
import json
import shutil
import stat

import duckdb
import pytest

from dangol.id_keys import FILE, IdKey
from dangol.publication.store import list_publications

pytestmark = pytest.mark.end_to_end

NIGHTS = ("2017-01-20", "2017-01-21", "2017-01-22")
HOUSEHOLDS = [f"{number}" for number in range(900, 912)]
STEPS = (
    "begin", "extract", "stage_raw", "cleaned", "aggregated", "features", "train", "evaluate",
    "promote", "score", "customer_view", "publish",
)  # fmt: skip
IDS = {
    "customer": ("customer_view.customers", "customer_id"),
    "identifier": ("aggregated.fct_orders", "identifier_id"),
    "message": ("aggregated.fct_messages", "message_id"),
    "response": ("aggregated.fct_campaign_responses", "response_id"),
}


def till(day):
    lines = ["household_id,store_id,basket_id,product_id,quantity,sales_value,retail_disc,"
             "coupon_disc,coupon_match_disc,week,transaction_timestamp"]  # fmt: skip
    lines += [f"{each},s1,b{day}-{each},p1,1,1.00,0.00,0.00,0.00,3,{day}T17:00:00Z"
              for each in HOUSEHOLDS]  # fmt: skip
    return "\n".join([*lines, ""])


def land(landing, day):
    files = {f"grocer_till/transactions_{day}.csv": till(day)}
    if day == NIGHTS[0]:
        files |= {
            f"grocer_campaigns/campaigns_{day}.csv":
                "campaign_id,campaign_type,start_date,end_date\n7,Type A,2017-01-19,2017-03-01\n",
            f"grocer_campaigns/sends_{day}.csv": "campaign_id,household_id,sent_date\n"
                + "".join(f"7,{each},2017-01-19\n" for each in HOUSEHOLDS),
            f"grocer_campaigns/redemptions_{day}.csv":
                "household_id,coupon_upc,campaign_id,redemption_date\n900,c1,7,2017-01-20\n",
        }  # fmt: skip
    for name, text in files.items():
        (landing / name).parent.mkdir(parents=True, exist_ok=True)
        (landing / name).write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def first(tmp_path_factory, new_home):
    """The shop after its first night; the home made its own secret."""
    base = tmp_path_factory.mktemp("ids")
    home = new_home(base / "home", base / "landing")
    del home.environment["DANGOL_ID_KEY"]
    for day in NIGHTS:
        land(base / "landing", day)
    home.steps(NIGHTS[0], *STEPS)
    return home


@pytest.fixture
def shop(first, tmp_path):
    """A copy of it, for one test."""
    home = first.copy(tmp_path / "home")
    del home.environment["DANGOL_ID_KEY"]
    return home


def secret_of(home):
    return IdKey(bytes.fromhex(json.loads((home.path / FILE).read_text())["key"]))


def published_ids(home, kind):
    table, column = IDS[kind]
    return {each for (each,) in home.ask(f"select {column} from {table}")}


def texts_of(home):
    """Yield every file of a home and its bytes."""
    for file in home.path.rglob("*"):
        if file.is_file() and not file.is_symlink():
            yield file, file.read_bytes()


def test_a_home_makes_its_secret_for_its_owner_alone(first):
    assert stat.S_IMODE((first.path / FILE).stat().st_mode) == 0o600


def test_an_id_is_what_the_secret_makes_of_the_identifier(first):
    key = secret_of(first)
    identifiers = {key.id_of(f"loyalty_member:{each}") for each in HOUSEHOLDS}
    assert published_ids(first, "identifier") == identifiers
    assert published_ids(first, "customer") == {
        key.id_of(f"customer:{each}") for each in identifiers
    }
    assert published_ids(first, "message") == {key.id_of(f"7-{each}") for each in HOUSEHOLDS}
    assert published_ids(first, "response") == {key.id_of("900-c1-7-2017-01-20")}


def test_no_published_id_is_found_by_trying_numbers(first):
    """As all of them were, when they were plain hashes."""
    ids = set().union(*(published_ids(first, kind) for kind in IDS))
    guesses = {
        hashlib.new(name, f"{before}{number}".encode()).hexdigest()[:32]
        for number in range(2_000)
        for before in ("", "loyalty_member:", "customer:", "7-")
        for name in ("sha256", "md5", "sha1")
    }
    guesses |= {hashlib.sha256(f"customer:{each}".encode()).hexdigest()[:32] for each in guesses}
    assert ids & guesses == set()


def test_the_secret_is_in_no_file_but_its_own(first):
    key = secret_of(first)
    values = [key.secret, *key.variables().values()]
    canaries = [
        written
        for value in values
        for written in (
            value[:24], value.hex().encode(), value.hex().upper().encode(),
            base64.b64encode(value)[:40], repr(value)[2:-1].encode(),
        )
    ]  # fmt: skip
    found = {
        str(file.relative_to(first.path))
        for file, content in texts_of(first)
        if any(canary in content for canary in canaries)
    }
    assert found == {FILE}
    assert not any(canary in log.read_bytes() for canary in canaries
                   for log in first.path.parent.glob("*.log"))  # fmt: skip


@pytest.mark.parametrize("loss", ["lost", "another", "another by the environment"])
def test_a_night_with_another_secret_stops_before_it_changes_anything(shop, loss):
    before = shop.published()
    if loss == "lost":
        (shop.path / FILE).unlink()
    elif loss == "another":
        (shop.path / FILE).write_text(json.dumps({"key": "ab" * 32}))
    else:
        shop.environment["DANGOL_ID_KEY"] = "ab" * 32
    act = shop.start("steps", day=NIGHTS[1], names=["begin"])
    assert act.wait() != 0
    assert "Restore the former secret from the backup" in act.log.read_text()
    assert "rotate-ids --lost" in act.log.read_text()
    assert shop.published() == before
    assert loss != "lost" or not (shop.path / FILE).exists()


def test_what_a_version_without_the_secret_built_is_rebuilt_and_the_log_says_so(shop):
    for file in (shop.path / "ops" / "publications").glob("*.jsonl"):
        rows = [json.loads(line) for line in file.read_text().splitlines()]
        file.write_text("".join(json.dumps({k: row[k] for k in row if k != "id_key"}) + "\n"
                                for row in rows))  # fmt: skip
    (shop.path / FILE).unlink()
    old = published_ids(shop, "customer")
    act = shop.start("steps", day=NIGHTS[1], names=list(STEPS))
    act.succeed()
    assert "customer_id, identifier_id, message_id and response_id change once" in (
        act.log.read_text()
    )
    assert published_ids(shop, "customer") & old == set()
    assert shop.ask("select count(*) from ops.rotated_ids") == [(0,)]


def test_a_rotation_publishes_which_old_id_is_which_new_one_once(shop):
    old = {kind: published_ids(shop, kind) for kind in IDS}
    spent = dict(shop.ask("select customer_id, first_order_date from customer_view.customers"))
    code, told = shop.command("rotate-ids")
    assert code == 0, told
    assert "ops.rotated_ids" in told
    shop.steps(NIGHTS[1], *STEPS)
    assert stat.S_IMODE((shop.path / FILE).stat().st_mode) == 0o600
    rotated = shop.ask("select kind, old_id, new_id from ops.rotated_ids")
    for kind, ids in old.items():
        pairs = {before: after for its, before, after in rotated if its == kind}
        assert set(pairs) == ids
        assert set(pairs.values()) == published_ids(shop, kind)
        assert not ids & set(pairs.values())
    now = dict(shop.ask("select customer_id, first_order_date from customer_view.customers"))
    pairs = {before: after for kind, before, after in rotated if kind == "customer"}
    assert {pairs[each]: day for each, day in spent.items()} == now

    again = list_publications(shop.settings)[-1].content_checksum
    shop.steps(NIGHTS[1], "begin", "stage_raw", "publish")
    assert list_publications(shop.settings)[-1].content_checksum == again
    assert sorted(shop.ask("select kind, old_id, new_id from ops.rotated_ids")) == sorted(rotated)

    shop.steps(NIGHTS[2], *STEPS)
    assert shop.ask("select count(*) from ops.rotated_ids") == [(0,)]
    assert list(json.loads((shop.path / FILE).read_text())) == ["key"]


def test_after_a_rotation_nothing_but_earlier_publications_has_an_old_id(shop):
    """What survives a rebuild has no published ids, or is written anew each night."""
    old = set().union(*(published_ids(shop, kind) for kind in IDS))
    shop.command("rotate-ids")
    for day in NIGHTS[1:]:
        shop.steps(day, *STEPS)
    publications = shop.settings.publications
    shutil.rmtree(publications / list_publications(shop.settings)[0].name)
    shutil.rmtree(publications / list_publications(shop.settings)[0].name)
    for file, content in texts_of(shop):
        if file.suffix in {".parquet", ".duckdb"}:  # which compress; freed pages keep the old
            content = rows_of(file)
        assert not [each for each in old if each.encode() in content], file


def rows_of(file):
    """Return the rows of a Parquet or DuckDB file as text."""
    with duckdb.connect() as connection:
        tables = [f"'{file}'"]
        if file.suffix == ".duckdb":
            connection.execute(f"attach '{file}' as own (read_only)")
            found = connection.execute(
                "select format('own.{}.{}', schema_name, table_name) from duckdb_tables()"
                " where database_name = 'own' order by all"
            )
            tables = [table for (table,) in found.fetchall()]
        assert tables, file
        rows = [
            row
            for table in tables
            for (row,) in connection.execute(f"select t::varchar from {table} as t").fetchall()
        ]
    return " ".join(rows).encode()


def test_the_former_secret_may_be_given_if_it_was_replaced_elsewhere(shop):
    former = json.loads((shop.path / FILE).read_text())["key"]
    shop.environment["DANGOL_ID_KEY"] = "ab" * 32
    old = published_ids(shop, "customer")
    act = shop.start("command", arguments=["rotate-ids", "--former"], stdin=former)
    act.succeed()
    shop.steps(NIGHTS[1], *STEPS)
    rotated = shop.ask("select old_id from ops.rotated_ids where kind = 'customer'")
    assert {each for (each,) in rotated} == old
    assert "ab" * 32 not in (shop.path / FILE).read_text()


def test_a_lost_secret_can_be_given_up(shop):
    (shop.path / FILE).unlink()
    code, _ = shop.command("rotate-ids", "--lost")
    assert code == 0
    old = published_ids(shop, "customer")
    shop.steps(NIGHTS[1], *STEPS)
    assert published_ids(shop, "customer") & old == set()
    assert shop.ask("select count(*) from ops.rotated_ids") == [(0,)]
