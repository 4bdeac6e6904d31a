"""Naver search ads: the campaign report for the day, in Korean and CP949.

One line with the report's title before the header; dates with a dot after the day; costs including
value-added tax, unlike the other platforms'; conversions as the sum of direct ones (by last click)
and indirect ones. Column names contain commas. A paused campaign has a row of zeros.

Title, dates and column names are those that public programs read from such downloads. They expect
UTF-8; CP949, as after saving in a spreadsheet, is our own choice, and so are the columns, the
Windows line ends and the zeros.
"""

from simulator.common.advertising import report_of, table_report
from simulator.export import Csv, Export, Exports, Night

NAME = "naver_ads"

CAMPAIGNS = """
select
    strftime(date_of({day}), '%Y.%m.%d.') as "일별",
    '파워링크' as "캠페인유형",
    campaign_name as "캠페인",
    impressions as "노출수",
    clicks as "클릭수",
    coalesce(round(100 * clicks / nullif(impressions, 0), 2), 0) as "클릭률(%)",
    coalesce(round(round(won * 1.1) / nullif(clicks, 0)), 0)::bigint as "평균클릭비용(VAT포함,원)",
    round(won * 1.1)::bigint as "총비용(VAT포함,원)",
    purchases as "총 전환수",
    least(orders, purchases) as "직접전환수",
    purchases - least(orders, purchases) as "간접전환수",
    purchase_won as "총 전환매출액(원)",
    'naver_ads ' || campaign_id as _key
from naver_ads_rows
order by campaign_id
"""


def exports(night: Night) -> Exports:
    """List the files of a night: the campaigns of the day."""
    table_report(night, NAME, report_of(night, NAME))
    day = f"{night.date:%Y.%m.%d}."
    yield Export(
        f"naver_campaign_report_{night.date}.csv",
        CAMPAIGNS.format(day=night.day),
        Csv(
            preamble=(f'"캠페인보고서({day}~{day}),dangolmart"',), encoding="cp949", line_end="\r\n"
        ),
    )
