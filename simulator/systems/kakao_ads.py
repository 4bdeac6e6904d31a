"""Kakao Moment: the custom report of campaigns by day, in Korean, UTF-8 with a byte order mark.

Two lines give the account and the period; then the header. Dates have dots in between and none at
the end, unlike Naver's. Costs exclude value-added tax. Purchases are those within seven days after
a click or a view, as their column names say. A paused campaign has a row of zeros.

The column names are those that public programs read from such reports. The first two lines, the
campaigns' types and goals, the Windows line ends and the zeros are our own convention.
"""

from simulator.common.advertising import report_of, table_report
from simulator.export import Csv, Export, Exports, Night

NAME = "kakao_ads"

CAMPAIGNS = """
select
    campaign_name as "캠페인 이름",
    ['카카오 비즈보드', '디스플레이', '카카오 비즈보드'][campaign + 1] as "캠페인 유형",
    ['도달', '방문', '전환'][campaign + 1] as "캠페인 목표",
    strftime(date_of({day}), '%Y.%m.%d') as "일",
    won as "비용",
    impressions as "노출수",
    clicks as "클릭수",
    format('{{:.2f}}%', coalesce(100 * clicks / nullif(impressions, 0), 0)) as "클릭률",
    reach as "도달수",
    purchases as "구매 (7일)",
    purchase_won as "구매금액 (7일)",
    'kakao_ads ' || campaign_id as _key
from kakao_ads_rows
order by campaign_id
"""


def exports(night: Night) -> Exports:
    """List the files of a night: the campaigns of the day."""
    table_report(night, NAME, report_of(night, NAME))
    day = f"{night.date:%Y.%m.%d}"
    yield Export(
        f"kakao_moment_report_{night.date}.csv",
        CAMPAIGNS.format(day=night.day),
        Csv(
            preamble=("보고서명,단골마트 캠페인 일별", f"기간,{day} ~ {day}"),
            has_bom=True,
            line_end="\r\n",
        ),
    )
