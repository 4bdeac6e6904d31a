"""Meta Ads Manager: the campaigns of the day, one file per account.

Only the header names the currency: ``Amount spent (KRW)``, and ``Amount spent (USD)`` in
``duty_free_campaigns_…``, whose report has no column ``Day``, so that only the last two columns
give the date. Numbers are plain, and zeros are empty. Purchases are integers, and more than the
last clicks brought. A paused campaign has no row, and a day without campaigns is a file with only a
header.

Each account chooses its columns in the file; ours are from Meta's reference.
"""

import numpy as np

from simulator.common.advertising import duty_free, position_of, report_of, table_report
from simulator.export import Csv, Export, Exports, Night
from simulator.systems.exchange_rates import won_for

NAME = "meta_ads"

TRAVELLERS = (23850000000170017, "Duty free | Travellers | EN")
"""Id and name of the other account's campaign."""

CAMPAIGNS = """
select
    campaign_name as "Campaign name",
    strftime(date_of({day}), '%Y-%m-%d') as "Day",
    impressions as "Impressions",
    won as "Amount spent (KRW)",
    nullif(clicks, 0) as "Link clicks",
    nullif(purchases, 0) as "Purchases",
    if(purchases > 0, purchase_won, null) as "Purchases conversion value",
    if(purchases > 0, round(purchase_won / won, 6), null) as "Purchase ROAS",
    strftime(date_of({day}), '%Y-%m-%d') as "Reporting starts",
    strftime(date_of({day}), '%Y-%m-%d') as "Reporting ends",
    2385{channel}000000000000 + campaign_id as "Campaign ID",
    reach as "Reach",
    nullif(every_click, 0) as "Clicks (all)",
    nullif(purchases, 0) as "Results",
    regexp_replace(format('{{:.2f}}', won / nullif(purchases, 0)), '[.]?0*$', '')
        as "Cost per result",
    'meta_ads ' || campaign_id as _key
from meta_ads_rows where impressions > 0
order by campaign_id
"""

DUTY_FREE = """
select
    '{name}' as "Campaign name",
    {campaign_id} as "Campaign ID",
    reach as "Reach",
    impressions as "Impressions",
    format('{{:.2f}}', dollars) as "Amount spent (USD)",
    nullif(clicks, 0) as "Link clicks",
    nullif(purchases, 0) as "Purchases",
    strftime(date_of({day}), '%Y-%m-%d') as "Reporting starts",
    strftime(date_of({day}), '%Y-%m-%d') as "Reporting ends",
    'meta_ads ' || {campaign_id} as _key
from meta_ads_travellers
"""


def exports(night: Night) -> Exports:
    """List the files of a night: one for each account."""
    report = report_of(night, NAME)
    more = night.company.draws.uniform("meta_ads clicks", np.arange(len(report.clicks)), night.day)
    # likes, profiles and comments are clicks too
    every_click = np.rint(report.clicks * (1.1 + 0.4 * more)).astype(np.int64)
    table_report(night, NAME, report, every_click=every_click)
    channel = position_of(night.company, NAME)
    query = CAMPAIGNS.format(day=night.day, channel=channel)
    yield Export(f"campaigns_{night.date}.csv", query, Csv())

    travellers = duty_free(night, NAME)
    dollars = travellers["won"] / won_for(night.company, "USD", night.day)
    night.table("meta_ads_travellers", **travellers, dollars=np.round(dollars, 2))
    query = DUTY_FREE.format(day=night.day, campaign_id=TRAVELLERS[0], name=TRAVELLERS[1])
    yield Export(f"duty_free_campaigns_{night.date}.csv", query, Csv())
