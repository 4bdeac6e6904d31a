"""A company whose ids are made of phone numbers: they are keyed, or the night stops."""

from __future__ import annotations

from datetime import date

import pytest

from dangol.build.state import discard_build
from dangol.build.warehouse import open_build
from dangol.drafting.check import checked
from dangol.id_keys import Former, IdKey, need_key, write_file
from dangol.night import Night
from dangol.nightly.steps import step_named
from dangol.publication.rotated_ids import write_rotated_ids
from expectations.cleaned_ids import FOUND, find_personal_ids
from tests.row_states.conftest import PROPERTIES, Shop

TONIGHT = "2017-01-02"
PHONE = "010-1234-5678"
NO_CONTACT = (
    "no id of tonight's rows looks like a phone number, an e-mail address or a resident number"
)
MESSAGES = """
select
    'shop' as source_system, '202401-' || member as message_id, 'member' as identifier_type,
    member as identifier_value, order_no as campaign_id, day as sent_date, _load_id, _row
from {{ source('shop', 'sales') }}
"""
SAID_OF_THE_ORDER = """
version: 2
models:
  - name: stg_shop__order_lines
    columns: [{{name: order_id, config: {{meta: {meta}}}}}]
"""


def published(shop: Shop, column: str, table: str, day: str) -> list[str]:
    step_named("aggregated").run(
        shop.settings, Night.of(date.fromisoformat(day), shop.settings.company)
    )
    return [each for (each,) in shop.ask(f"select {column} from aggregated.{table} order by all")]


def test_a_message_id_is_keyed_whatever_the_system_made_it_of(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(PROPERTIES, "controlTotal")
    monkeypatch.setitem(PROPERTIES, "receivedIn", ["messages"])
    shop.contract()
    (shop.folder / "stg_shop__order_lines.sql").unlink()
    shop._write("stg_shop__messages.sql", MESSAGES)
    shop.land(f"sales_{TONIGHT}.csv", f"c1,1,p1,1,1.00,{PHONE}")
    assert shop.night(TONIGHT) == {}
    shop.land("sales_2017-01-03.csv", "c1,2,p1,1,1.00,010-9876-5432")
    assert shop.night("2017-01-03") == {}
    key = need_key(shop.settings)
    assert published(shop, "message_id", "fct_messages", "2017-01-03") == sorted(
        [key.id_of(f"202401-{PHONE}"), key.id_of("202401-010-9876-5432")]
    )


@pytest.mark.parametrize("value", [PHONE, "01012345678", "kim@example.com", "A/900101-1234567"])
def test_an_order_id_that_looks_like_a_person_s_stops_the_night_and_is_not_quoted(
    shop: Shop, value: str
) -> None:
    shop.land(f"sales_{TONIGHT}.csv", f"{value},1,p1,1,1.00", "o-77,1,p1,1,1.00")
    failed = shop.night(TONIGHT)
    assert set(failed) == {NO_CONTACT}
    told = failed[NO_CONTACT]
    assert "system=shop, entity=order_lines, column_name=order_id, row_count=1" in told
    assert f"sales_{TONIGHT}.csv" in told
    assert value not in told


def test_a_sample_that_has_one_fails_the_check_of_its_system(shop: Shop) -> None:
    file = shop.land(f"sales_{TONIGHT}.csv", f"{PHONE},1,p1,1,1.00")
    with checked(shop.settings, shop.folder, [file]) as home:
        (problem,) = home.outcome.problems
    assert f"sales_{TONIGHT}.csv: 1 rows of order_lines have a order_id that looks" in problem
    assert PHONE not in problem


def test_a_staging_model_can_have_an_id_keyed(shop: Shop) -> None:
    shop._write("_shop__models.yml", SAID_OF_THE_ORDER.format(meta="{keyed: true}"))
    shop.land(f"sales_{TONIGHT}.csv", f"{PHONE},1,p1,1,1.00")
    assert shop.night(TONIGHT) == {}
    key = need_key(shop.settings)
    assert published(shop, "order_id", "fct_orders", TONIGHT) == [key.id_of(PHONE)]


def test_a_rotation_says_which_keyed_id_is_which(shop: Shop) -> None:
    shop._write("_shop__models.yml", SAID_OF_THE_ORDER.format(meta="{keyed: true}"))
    shop.land(f"sales_{TONIGHT}.csv", f"{PHONE},1,p1,1,1.00", f"{PHONE},2,p2,1,1.00")
    assert shop.night(TONIGHT) == {}
    old, new = need_key(shop.settings), IdKey(bytes.fromhex("ab" * 32))
    write_file(shop.settings, new, Former(old.fingerprint, old))
    night = Night.of(date.fromisoformat(TONIGHT), shop.settings.company)
    discard_build(shop.settings)
    shop.night(TONIGHT, is_killed=True)
    step_named("aggregated").run(shop.settings, night)
    with open_build(shop.settings) as build:
        write_rotated_ids(build, shop.settings, night)
    rotated = shop.ask("select old_id, new_id from ops.rotated_ids where kind = 'order'")
    assert rotated == [(old.id_of(PHONE), new.id_of(PHONE))]


def test_a_staging_model_can_say_that_such_numbers_are_the_system_s_own(shop: Shop) -> None:
    meta = "{publish: true, reason: our order numbers have these groups}"
    shop._write("_shop__models.yml", SAID_OF_THE_ORDER.format(meta=meta))
    shop.land(f"sales_{TONIGHT}.csv", f"{PHONE},1,p1,1,1.00")
    assert shop.night(TONIGHT) == {}
    assert published(shop, "order_id", "fct_orders", TONIGHT) == [PHONE]


def test_rows_of_nights_that_were_published_are_not_looked_at_again(shop: Shop) -> None:
    meta = "{publish: true, reason: our order numbers have these groups}"
    shop._write("_shop__models.yml", SAID_OF_THE_ORDER.format(meta=meta))
    shop.land(f"sales_{TONIGHT}.csv", f"{PHONE},1,p1,1,1.00")
    assert shop.night(TONIGHT) == {}
    with open_build(shop.settings) as build:
        build.execute("update ops.loads set is_new = false")
    (shop.folder / "_shop__models.yml").unlink()
    with open_build(shop.settings) as build:
        find_personal_ids(build, shop.settings)
        assert build.execute(FOUND).fetchall() == []
