"""Context: Korea's public holidays of this year and the next, exported on the 1st of each month.

From the package ``holidays``, in Korean and English. A day with two holidays has one row with both
names; a substitute holiday has the name of the one that it replaces. The layout is our own
convention. The module is not called ``holidays``, which would hide the package.
"""

import holidays
import numpy as np

from simulator.export import Csv, Export, Exports, Night

NAME = "korean_holidays"

HOLIDAYS = """
select
    day as "date",
    korean as name_korean,
    english as name_english,
    contains(korean, '대체 휴일') as is_substitute,
    day as _key
from korean_holidays_listed
order by day
"""


def exports(night: Night) -> Exports:
    """List the files of a night: both years' holidays on the first of a month."""
    if night.date.day > 1:
        return
    years = (night.date.year, night.date.year + 1)
    korean = holidays.country_holidays("KR", years=years, language="ko")
    english = holidays.country_holidays("KR", years=years, language="en_US")
    days = sorted(day for day in korean if day.year in years)
    night.table(
        "korean_holidays_listed",
        day=np.array([day.isoformat() for day in days], dtype=object),
        korean=np.array([korean[day] for day in days], dtype=object),
        english=np.array([english[day] for day in days], dtype=object),
    )
    yield Export(f"korean_holidays_{night.date}.csv", HOLIDAYS, Csv())
