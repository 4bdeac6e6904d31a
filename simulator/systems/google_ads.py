"""Google Ads: two campaign reports for the day, as the report editor mails them every night.

``campaign_report_…`` is from a manager account: two lines before the header, thousands with commas
in quotes, costs in two currencies (the duty-free shops are billed in dollars), ``--`` where there
is no number and a row ``Total: Account`` in won. ``campaign_report_kr_…`` is from the account whose
language is Korean: the same in Korean, with a different column order. Conversions have decimals,
because credit is divided. A paused campaign has no row.

Not verified in a real file: that a cost in won has no decimals, the Korean words of the first two
lines, and the total's ``전체: 계정``.
"""

from datetime import date

import numpy as np

from simulator.common.advertising import duty_free, report_of, table_report
from simulator.export import Csv, Export, Exports, Night
from simulator.systems.exchange_rates import won_for

NAME = "google_ads"

DUTY_FREE = (20990000017, "Duty free, travellers | Search | EN")
"""Id and name of the campaign that is billed in dollars."""

RETARGETING = 2
"""The campaign of the Korean account."""

COUNTED = """
create or replace table google_ads_counted as
select
    campaign_id,
    campaign_name,
    'KRW' as currency,
    won::double as cost,
    impressions,
    clicks,
    round(claimed, 2) as conversions,
    round(claimed_won) as conversion_value,
    campaign = {korean} as is_korean,
    'google_ads ' || campaign_id as key
from google_ads_rows where impressions > 0
union all by name
select
    {travellers_id} as campaign_id,
    '{travellers_name}' as campaign_name,
    'USD' as currency,
    google_ads_travellers.*,
    false as is_korean,
    'google_ads ' || {travellers_id} as key
from google_ads_travellers
"""

ENGLISH = """
select
    strftime(date_of({day}), '%Y-%m-%d') as "Day",
    campaign_name as "Campaign",
    campaign_id as "Campaign ID",
    currency as "Currency code",
    if(currency = 'KRW', format('{{:,}}', cost::bigint), format('{{:,.2f}}', cost)) as "Cost",
    format('{{:,}}', impressions) as "Impr.",
    format('{{:,}}', clicks) as "Clicks",
    format('{{:,.2f}}', conversions) as "Conversions",
    if(currency = 'KRW', format('{{:,.2f}}', conversion_value), '--') as "Conv. value",
    key as _key
from google_ads_counted
where not is_korean
order by campaign_id
"""

TOTAL = """
select array_to_string(
    list_transform({values}, lambda each: if(contains(each, ','), '"' || each || '"', each)), ','
)
from (
    select
        sum(if(currency = 'KRW', cost, round(cost * {won_for_dollar}))) as won,
        format('{{:,}}', coalesce(won, 0)::bigint) as cost,
        format('{{:,}}', coalesce(sum(impressions), 0)::bigint) as impressions,
        format('{{:,}}', coalesce(sum(clicks), 0)::bigint) as clicks,
        format('{{:,.2f}}', coalesce(sum(conversions), 0)) as conversions
    from google_ads_counted where is_korean = {is_korean}
)
"""
"""The last line: numbers with commas are quoted."""

KOREAN = """
select
    strftime(date_of({day}), '%Y-%m-%d') as "일",
    campaign_id as "캠페인 ID",
    campaign_name as "캠페인",
    format('{{:,}}', impressions) as "노출수",
    format('{{:,}}', clicks) as "클릭수",
    currency as "통화 코드",
    format('{{:,}}', cost::bigint) as "비용",
    format('{{:,.2f}}', conversions) as "전환수",
    format('{{:,.2f}}', conversion_value) as "전환 가치",
    key as _key
from google_ads_counted
where is_korean
order by campaign_id
"""

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


def exports(night: Night) -> Exports:
    """List the files of a night: the manager account's report and the Korean account's."""
    _count(night)
    dollar = won_for(night.company, "USD", night.day)
    day = _english(night.date)
    yield Export(
        f"campaign_report_{night.date}.csv",
        ENGLISH.format(day=night.day),
        Csv(preamble=("Campaign report", f'"{day} - {day}"')),
        footer=TOTAL.format(
            values="['Total: Account', '--', '--', 'KRW', cost, impressions, clicks, conversions,"
            " '--']",
            won_for_dollar=dollar,
            is_korean="false",
        ),
    )
    day = _korean(night.date)
    yield Export(
        f"campaign_report_kr_{night.date}.csv",
        KOREAN.format(day=night.day),
        Csv(preamble=("캠페인 보고서", f"{day} - {day}")),
        footer=TOTAL.format(
            values="['전체: 계정', '--', '--', impressions, clicks, 'KRW', cost, conversions,"
            " '--']",
            won_for_dollar=dollar,
            is_korean="true",
        ),
    )


def _count(night: Night) -> None:
    """Put both accounts' numbers into the table ``google_ads_counted``."""
    table_report(night, NAME, report_of(night, NAME))
    travellers = duty_free(night, NAME)
    won_for_dollar = won_for(night.company, "USD", night.day)
    night.table(
        "google_ads_travellers",
        cost=np.round(travellers["won"] / won_for_dollar, 2),
        impressions=travellers["impressions"],
        clicks=travellers["clicks"],
        conversions=travellers["purchases"].astype(np.float64),
        conversion_value=np.zeros(1),
    )
    night.connection.execute(
        COUNTED.format(korean=RETARGETING, travellers_id=DUTY_FREE[0], travellers_name=DUTY_FREE[1])
    )


def _english(day: date) -> str:
    return f"{MONTHS[day.month - 1]} {day.day}, {day.year}"


def _korean(day: date) -> str:
    return f"{day.year}년 {day.month}월 {day.day}일"
