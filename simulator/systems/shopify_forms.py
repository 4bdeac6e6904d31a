"""How people appear in the web shop's forms: macros and pieces of SQL for both of its exports."""

from simulator import data
from simulator.night import Night
from simulator.words.text_lists import sql_map

DEPOSIT_AT_ONCE_PER_CENT = 80
"""Share of bank deposits that arrive within the hour."""

MACROS = f"""
-- a form that looks at what is typed: a mailbox or a domain with a slip in it, but still an address
create or replace macro shopify_slip(text, key) as case roll(key, 'shopify slip', 3)
    when 0 then with_swap(text, 2 + roll(key, 'shopify slip at', position('@' in text) - 4))
    when 1 then without_letter(text, 2 + roll(key, 'shopify slip at', position('@' in text) - 3))
    else with_swap(text, position('@' in text) + 2)
end;
-- an e-mail as it is typed into the shop's form, by some wrongly
create or replace macro shopify_email(text, key, share) as
    if(slips(key, 'shopify e-mail', share), shopify_slip(text, key), text);
-- what begins like a formula is made a text
create or replace macro shopify_cell(text) as if(text like '+%', '''' || text, text);
-- a bank deposit arrives within the hour, or on the next day
create or replace macro shopify_paid_ms(visit, payment, day, at_ms) as case
    when payment < 2 then at_ms
    when roll(visit, 'shopify deposit', 100) < {DEPOSIT_AT_ONCE_PER_CENT}
        then at_ms + 180000 + roll(visit, 'shopify deposit after', 3000000)
    else hour_ms(day + 1, 9) + roll(visit, 'shopify deposit after', hours_ms(12))
end;
-- ready at once if it was paid by eleven, else on the next day
create or replace macro shopify_ready_day(paid_ms) as
    korea_day(paid_ms) + if(ms_of_day(paid_ms) < hours_ms(11), 0, 1);
-- the day on which it is sent: when it is ready, but never on a Sunday
create or replace macro shopify_sent_day(paid_ms) as
    shopify_ready_day(paid_ms) + if((shopify_ready_day(paid_ms) + 3) % 7 = 6, 1, 0);
-- the time: in the afternoon of the day of the payment, from ten on another
create or replace macro shopify_sent_ms(visit, paid_day, sent_day) as
    hour_ms(sent_day, if(sent_day = paid_day, 14, 10))
    + roll(visit, 'shopify sent', hours_ms(4));
-- Korean time with its offset
create or replace macro shopify_time(ms) as strftime(at_korea(ms), '%Y-%m-%d %H:%M:%S +0900');
"""


def create_forms(night: Night) -> None:
    """Create the macros."""
    night.connection.execute(MACROS)


def province_code(province: str) -> str:
    """Return SQL for the code of a province.

    Returns
    -------
    str
        By ISO 3166-2, such as ``KR-11``.
    """
    regions = data.columns("words/regions")
    return f"'KR-' || {sql_map(regions['korean'], regions['code'])}[{province}]"


def writes_latin(key: str) -> str:
    """Return SQL for whether a person fills in a form in Latin letters.

    Parameters
    ----------
    key
        SQL for the account, or for a guest's order.

    Returns
    -------
    str
        Never true for foreigners, whose names exist only in Latin letters.
    """
    return f"(not is_foreign and happens({key}, 'shopify latin', 0.06))"
