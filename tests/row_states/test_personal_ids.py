"""A company whose ids are made of phone numbers: they are keyed, or the night stops."""

from __future__ import annotations

from datetime import date

import pytest

from dangol.id_keys import IdKey
from dangol.night import Night
from dangol.nightly.steps import step_named
from tests.id_key import SECRET
from tests.row_states.conftest import PROPERTIES, Shop

TONIGHT = "2017-01-02"
PHONE = "010-1234-5678"
MESSAGES = """
select
    'shop' as source_system, '202401-' || member as message_id, 'member' as identifier_type,
    member as identifier_value, order_no as campaign_id, day as sent_date, _load_id, _row
from {{ source('shop', 'sales') }}
"""


def test_a_message_id_is_keyed_whatever_the_system_made_it_of(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(PROPERTIES, "controlTotal")
    monkeypatch.setitem(PROPERTIES, "receivedIn", ["messages"])
    shop.contract()
    (shop.folder / "stg_shop__order_lines.sql").unlink()
    shop._write("stg_shop__messages.sql", MESSAGES)
    shop.land(f"sales_{TONIGHT}.csv", f"c1,1,p1,1,1.00,{PHONE}")
    shop.land("sales_2017-01-03.csv", "c1,2,p1,1,1.00,019-123-4567")
    assert shop.night(TONIGHT) == {}
    assert shop.night("2017-01-03") == {}
    step_named("aggregated").run(shop.settings, Night.of(date(2017, 1, 3), shop.settings.company))
    key = IdKey(SECRET)
    assert shop.ask("select message_id from aggregated.fct_messages order by sent_date") == [
        (key.id_of(f"202401-{PHONE}"),), (key.id_of("202401-019-123-4567"),),
    ]  # fmt: skip
