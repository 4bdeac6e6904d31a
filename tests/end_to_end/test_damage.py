"""Files on disk are damaged or lost: this is noticed before their use, and they can be restored."""

import random
import re
import shutil

import pytest

pytestmark = pytest.mark.end_to_end

TONIGHT = "2017-12-31"
FLIPS = 5


def flip(file, bit):
    content = bytearray(file.read_bytes())
    content[bit // 8] ^= 1 << bit % 8
    file.write_bytes(content)


def test_a_flipped_bit_in_any_raw_file_or_manifest_is_noticed_before_it_is_used(
    undisturbed, tmp_path
):
    """Each file of the lake, at its first and last bit and some in between."""
    from dangol.build.stage import verify_lake
    from dangol.ledger import DamagedFileError, read_ledger

    lake = tmp_path / "home"
    shutil.copytree(undisturbed.path / "lake", lake / "lake")
    settings = undisturbed.settings.from_environment({"DANGOL_HOME": str(lake)})
    files = sorted(path for path in settings.lake.rglob("*") if path.is_file())
    assert len(files) > 20
    assert {file.suffix for file in files} == {".parquet", ".jsonl"}
    verify_lake(settings, read_ledger(settings))
    chance = random.Random(7)  # noqa: S311 - which bits, not a secret
    for file in files:
        bits = file.stat().st_size * 8
        for bit in {0, bits - 1, *(chance.randrange(bits) for _ in range(FLIPS))}:
            flip(file, bit)
            with pytest.raises(DamagedFileError, match=re.escape(str(file))):
                verify_lake(settings, read_ledger(settings))
            flip(file, bit)
    verify_lake(settings, read_ledger(settings))


def test_a_night_that_meets_a_damaged_file_fails_at_once_and_goes_on_when_it_is_restored(home):
    """The batch of tonight's till file, damaged between extraction and use."""
    home.steps(TONIGHT, "begin", "extract")
    till = home.settings.raw / "grocer_till" / "transactions"
    (raw,) = till.glob(f"load_date={TONIGHT}/*.parquet")
    whole = raw.read_bytes()
    flip(raw, len(whole) * 4)
    status, said = home.command("night", "--date", TONIGHT, "--until", "cleaned")
    assert status == 1
    assert f"dangol: {raw} is damaged: its SHA-256 differs" in said
    home.assert_published_is_whole("2017-12-30")
    raw.write_bytes(whole)
    home.steps(TONIGHT, "stage_raw")


def test_a_raw_batch_and_its_manifest_that_are_lost_come_again_from_the_landing_zone(
    undisturbed, finished_home
):
    """The ledger consists of the manifests: removed with their rows, they are created again."""
    home = finished_home
    before = undisturbed.built("aggregated", "identity")
    shutil.rmtree(home.settings.raw / "grocer_till" / "transactions" / "load_date=2017-12-29")
    shutil.rmtree(home.settings.raw / "grocer_loyalty")
    home.steps(TONIGHT, "begin", "extract", "stage_raw", "gate_raw", "cleaned", "gate_cleaned",
               "aggregated", "gate_aggregated")  # fmt: skip
    after = home.built("aggregated", "identity")
    assert home.differing(before, after) == set()
    assert home.ask_build("select is_full_refresh from ops.current_run") == [(True,)]
    home.assert_the_ledger_balances()


@pytest.mark.parametrize("damage", ["cut off", "overwritten"])
def test_a_build_file_that_is_damaged_is_made_again_from_the_lake(finished_home, damage):
    home = finished_home
    build = home.settings.build_file
    content = build.read_bytes()
    build.write_bytes(content[: len(content) // 3] if damage == "cut off" else b"x" * 10_000)
    home.steps(TONIGHT, "stage_raw")
    assert home.ask_build("select is_full_refresh from ops.current_run") == [(True,)]
    loaded = "select count(*), count(*) filter (is_new) from ops.loads where status = 'loaded'"
    ((count, new),) = home.ask_build(loaded)
    assert count == new > 300
    home.assert_published_is_whole(TONIGHT)


def test_what_dbt_remembers_of_its_last_run_may_be_damaged(home):
    """A run that is killed while dbt writes its cache must not stop the next."""
    home.steps(TONIGHT, "begin", "extract", "stage_raw")
    cache = home.settings.dbt / "target" / "partial_parse.msgpack"
    cache.write_bytes(cache.read_bytes()[: cache.stat().st_size // 2])
    home.steps(TONIGHT, "cleaned")
