"""The tills: Square's exports of items and transactions, every night, for two accounts.

The account of most shops uses won and writes ``2026-03-09`` and ``12:59:30``; that of the duty-free
shops uses dollars and writes ``10/05/2026`` and ``2:30:00 PM``. Amounts have signs and separators
(``"₩8,000"``, ``"-$1,240.00"``); a discount is negative, so gross and discounts add up to net, and
the price includes tax. A return is a ``Refund`` with negative amounts and its own transaction id. A
buyer who showed a loyalty card is a customer, whose number and name a clerk may have got wrong; all
others are anonymous. A person's bank card always has the same last digits.

Until the end of 2025 items lack the last two of the current 35 columns, and transactions have an
``Other Tender Note``. Our own choices: which two those are, the use of won, and the fees.
"""

from simulator.common.headers import always, header
from simulator.export import Csv, Export, Exports, Night
from simulator.systems.product_catalogue import barcode
from simulator.systems.square_sales import make_sales

NAME = "square"

MACROS = """
-- an amount in won with its sign before the currency's
create or replace macro square_won(won) as
    if(won < 0, '-₩', '₩') || format('{:,}', abs(won));
-- an amount in cents, likewise
create or replace macro square_dollars(cents) as
    if(cents < 0, '-$', '$') || format('{:,}', abs(cents) // 100)
    || '.' || lpad((abs(cents) % 100)::varchar, 2, '0');
-- a long id of letters and digits
create or replace macro square_token(text) as
    translate(to_base64(unhex(md5(text))), '+/=', 'kX') || upper(md5(text)[1:5]) || 'ZY';
"""

CLEAN = """
    person as _person,
    visit_id as _key,
    if(customer_name <> clean_name, clean_name, null) as "_clean_Customer Name",
    if(customer_reference <> clean_card, clean_card, null) as "_clean_Customer Reference ID"
"""

COMMON = """
        {date_form} as "Date",
        {time_form} as "Time",
        transaction_id as "Transaction ID",
        payment_id as "Payment ID",
        device_name as "Device Name",
        'https://squareup.example/dashboard/sales/transactions/' || transaction_id
        || '/by-unit/L' || upper(md5('square unit ' || store))[1:12] as "Details",
        if(is_refund, 'Refund', 'Payment') as "Event Type",
        store_name as "Location",
        customer_id as "Customer ID",
        customer_name as "Customer Name",
        customer_reference as "Customer Reference ID",
        store_name as "Channel",
        card_brand as "Card Brand",
        pan_suffix as "PAN Suffix"
"""

ITEMS = """
with items as (
    select
        sales.* exclude (gross, discount, net, tax, is_promoted),
        lines.* exclude (visit_id, is_refund),
        products.*
    from square_sales as sales
    inner join square_lines as lines using (visit_id, is_refund)
    inner join (
        select product, sku, product_name, product_korean, category_name, category_korean,
            {barcode} as barcode, upper(md5('square item ' || product))[1:24] as token
        from products
    ) as products using (product)
    where sales.is_duty_free = {is_duty_free}
),

told as (
    select
        visit_id, is_refund, line, at_ms, person, clean_name, customer_name, clean_card,
        customer_reference,
        {common},
        if(is_duty_free, category_name, category_korean) as "Category",
        if(is_duty_free, product_name, product_korean) as "Item",
        quantity || '.0' as "Qty",
        {always},
        sku as "SKU",
        {money}(gross) as "Gross Sales",
        {money}(discount) as "Discounts",
        {money}(net) as "Net Sales",
        {money}(tax) as "Tax",
        quantity as "Count",
        barcode as "GTIN",
        token as "Token"
    from items
)

select {columns}, {clean}
from told
order by at_ms desc, visit_id desc, is_refund, line
"""

TRANSACTIONS = """
with told as (
    select
        if(tender = 'card' and not is_refund, -{fee}, 0) as fee,
        visit_id, is_refund, at_ms, person, clean_name, customer_name, clean_card,
        customer_reference,
        {common},
        {money}(gross) as "Gross Sales",
        {money}(discount) as "Discounts",
        {money}(net) as "Net Sales",
        {money}(tax) as "Tax",
        {always},
        {money}(net) as "Total Collected",
        {money}(if(tender = 'card', net, 0)) as "Card",
        if(
            tender = 'card',
            if(
                payment = 1, 'Tapped',
                one_of(
                    ['Dipped', 'Dipped', 'Dipped', 'Tapped', 'Swiped'], visit_id, 'square entry'
                )
            ),
            'N/A'
        ) as "Card Entry Methods",
        {money}(if(tender = 'cash', net, 0)) as "Cash",
        {money}(if(tender = 'other', net, 0)) as "Other Tender",
        if(tender = 'other', 'Kakao Pay', null) as "Other Tender Type",
        {money}(fee) as "Fees",
        {money}(net + fee) as "Net Total",
        staff_name as "Staff Name",
        staff_id as "Staff ID",
        description as "Description",
        device_nickname as "Device Nickname",
        if(tender = 'card', upper(md5('square deposit {day} ' || store))[1:26], null)
            as "Deposit ID",
        if(tender = 'card', {deposit_form}, null) as "Deposit Date",
        if(
            tender = 'card',
            'https://squareup.example/dashboard/sales/deposits/' || "Deposit ID", null
        ) as "Deposit Details",
        if(fee < 0, '{fee_per_cent}', null) as "Fee Percentage Rate",
        if(fee < 0, {money}({fixed_fee}), null) as "Fee Fixed Rate",
        if(is_refund, one_of(
            ['Returned Goods', 'Returned Goods', 'Returned Goods', 'Accidental Charge'],
            visit_id, 'square reason'
        ), null) as "Refund Reason",
        nullif(concat_ws(
            ', ', if(is_promoted, 'Promotion', null), if(has_coupon, 'Dangol 10%', null)
        ), '') as "Discount Name"
    from square_sales
    where is_duty_free = {is_duty_free}
)

select {columns}, {clean}
from told
order by at_ms desc, visit_id desc, is_refund
"""


def exports(night: Night) -> Exports:
    """List the files of a night: items and transactions of both accounts."""
    night.connection.execute(MACROS)
    make_sales(night)
    for is_duty_free, prefix in ((False, ""), (True, "duty-free-")):
        for kind, query in (("items", ITEMS), ("transactions", TRANSACTIONS)):
            yield Export(
                f"{prefix}{kind}-{night.date}-{night.morning}.csv",
                _query(night, f"square_{kind}", query, is_duty_free),
                Csv(),
            )


def _query(night: Night, name: str, query: str, is_duty_free: bool) -> str:
    """Insert an account's formats of amounts and times."""
    money = "square_dollars" if is_duty_free else "square_won"
    date_form = "%m/%d/%Y" if is_duty_free else "%Y-%m-%d"
    time_form = "%-I:%M:%S %p" if is_duty_free else "%H:%M:%S"
    return query.format(
        day=night.day,
        is_duty_free=is_duty_free,
        money=money,
        common=COMMON.format(
            date_form=f"strftime(at_korea(at_ms), '{date_form}')",
            time_form=f"strftime(at_korea(at_ms), '{time_form}')",
        ).strip(),
        deposit_form=f"strftime(date_of({night.day + 1}), '{date_form}')",
        always=always(name, nothing=f"{money}(0)"),
        barcode=barcode("barcode_digits"),
        fee="(net * 26 + 500) // 1000 - 10" if is_duty_free else "((net * 16 + 500) // 1000)",
        fee_per_cent="2.6" if is_duty_free else "1.6",
        fixed_fee=10 if is_duty_free else 0,
        columns=", ".join(f'"{column}"' for column in header(name, night.date)),
        clean=CLEAN.strip(),
    )
